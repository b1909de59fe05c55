import { useEffect, useState } from 'preact/hooks';

const TOKENS = [
  'ground',
  'raised',
  'line',
  'text',
  'quiet',
  'accent',
  'good',
  'watch',
  'act',
  'violet',
  'sky',
] as const;
/** The colours of the page, as a map takes them. */
export type Look = Record<(typeof TOKENS)[number], string>;

export function readLook(): Look {
  const probe = document.body.appendChild(document.createElement('span'));
  const look = TOKENS.map((token) => {
    probe.style.color = `var(--${token})`;
    return [token, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(look) as Look; // one entry for each token
}

/** Light or dark, as it is now. */
export function useTheme(): string {
  const [theme, setTheme] = useState(read);
  useEffect(() => {
    const again = () => setTheme(read);
    const system = matchMedia('(prefers-color-scheme: dark)');
    const chosen = new MutationObserver(again);
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    system.addEventListener('change', again);
    return () => {
      chosen.disconnect();
      system.removeEventListener('change', again);
    };
  }, []);
  return theme;
}

function read(): string {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  return document.documentElement.dataset['theme'] ?? system;
}
