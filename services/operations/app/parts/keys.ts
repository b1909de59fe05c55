import { useEffect, useRef } from 'preact/hooks';

type Keys = Partial<Record<string, (event: KeyboardEvent) => void>>;

/** Single keys for the page, while nobody writes and no dialog is open. The newest who listen come first. */
const listening: { current: Keys }[] = [];

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector('dialog[open]')) return;
  const target = event.target as HTMLElement | null;
  const isWriting = target?.matches?.('input:not([type=checkbox]), textarea, select') ?? false;
  if (isWriting) {
    if (event.key === 'Escape') target?.blur();
    return;
  }
  const listener = listening.findLast(({ current }) => current[event.key])?.current[event.key];
  if (!listener) return;
  event.preventDefault();
  listener(event);
});

export function useKeys(keys: Keys): void {
  // Not by the effect: a fast typist is there before it.
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    listening.push(now);
    return () => {
      listening.splice(listening.indexOf(now), 1);
    };
  }, []);
}
