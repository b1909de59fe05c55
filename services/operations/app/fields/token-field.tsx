type TokenFieldProps = {
  value: string;
  onInput: (value: string) => void;
  placeholder: string;
  required: boolean;
};

/** A token of somebody else's: not shown, and kept by no browser. */
export function TokenField({ value, onInput, placeholder, required }: TokenFieldProps) {
  return (
    <input
      type="password"
      autocomplete="off"
      aria-label="Their token"
      placeholder={placeholder}
      required={required}
      value={value}
      onInput={({ currentTarget }) => onInput(currentTarget.value)}
    />
  );
}
