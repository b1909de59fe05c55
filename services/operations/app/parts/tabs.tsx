type TabsProps = { label: string; names: readonly string[]; chosen: string; onChoose: (name: string) => void };

/** One of a few, all in sight. */
export function Tabs({ label, names, chosen, onChoose }: TabsProps) {
  return (
    <fieldset class="tabs" aria-label={label}>
      {names.map((name) => (
        <button key={name} type="button" aria-pressed={name === chosen} onClick={() => onChoose(name)}>
          {name}
        </button>
      ))}
    </fieldset>
  );
}
