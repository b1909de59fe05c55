import { useState } from 'preact/hooks';

type SearchFieldProps = {
  label: string;
  placeholder: string;
  /** True when it was found, and the field is to be empty again. */
  onSearch: (text: string) => Promise<boolean> | boolean;
};

/** Looks for a whole text, as it was typed: ids are any text, spaces around them too. `/` leads here. */
export function SearchField({ label, placeholder, onSearch }: SearchFieldProps) {
  const [text, setText] = useState('');
  return (
    <form
      class="search"
      onSubmit={async (event) => {
        event.preventDefault();
        if (text !== '' && (await onSearch(text))) setText('');
      }}
    >
      <input
        type="search"
        data-search
        aria-label={label}
        placeholder={`${placeholder} …  /`}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </form>
  );
}
