import { plain } from '../parts/text.tsx';

type ChoiceProps<Option extends string> = {
  label: string;
  /** What none of them is called, where that may be chosen. */
  all?: string;
  value: Option | '';
  options: readonly Option[];
  onChoose: (value: Option) => void;
};

/** One of several, which are called as they are. */
export function Choice<Option extends string>({ label, all, value, options, onChoose }: ChoiceProps<Option>) {
  // What a link names is shown also where nobody offers it.
  const shown = value === '' || options.includes(value) ? options : [...options, value];
  return (
    <select
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => onChoose(currentTarget.value as Option /* one of these, or none of them */)}
    >
      {all !== undefined && <option value="">{all}</option>}
      {shown.map((each) => (
        <option key={each} value={each}>
          {plain(each)}
        </option>
      ))}
    </select>
  );
}
