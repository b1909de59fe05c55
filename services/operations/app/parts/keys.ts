import { useEffect } from 'preact/hooks';

type Keys = Partial<Record<string, (event: KeyboardEvent) => void>>;

/** Single keys for the page, while nobody writes and no dialog is open. The newest who listen come first. */
const listening: Keys[] = [];

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector('dialog[open]')) return;
  const target = event.target as HTMLElement | null;
  const isWriting = target?.matches?.('input:not([type=checkbox]), textarea, select') ?? false;
  if (isWriting) {
    if (event.key === 'Escape') target?.blur();
    return;
  }
  const listener = listening.findLast((keys) => keys[event.key])?.[event.key];
  if (!listener) return;
  event.preventDefault();
  listener(event);
});

export function useKeys(keys: Keys): void {
  useEffect(() => {
    listening.push(keys);
    return () => {
      listening.splice(listening.indexOf(keys), 1);
    };
  });
}
