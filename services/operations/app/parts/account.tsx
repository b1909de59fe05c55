import { useState } from 'preact/hooks';
import { useNow } from '../data/clock.ts';
import { useLine } from '../data/live.ts';
import { type Session, signOut } from '../data/session.ts';
import { State } from './states.tsx';
import { Words } from './text.tsx';
import { duration } from './time.tsx';

const KEPT = 'logi.theme';
const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

show(keptTheme());

/** Who is signed in, for how long, whether the line is open, and how it looks. */
export function Account({ session }: { session: Extract<Session, { is: 'in' | 'ended' }> }) {
  const [theme, setTheme] = useState(keptTheme);
  const line = useLine();
  const now = useNow(10_000);
  const choose = (next: Theme) => {
    localStorage.setItem(KEPT, next);
    show(next);
    setTheme(next);
  };
  return (
    <div class="account">
      <State tone={line.is === 'open' ? 'good' : 'watch'}>{line.is === 'open' ? 'live' : line.is}</State>
      <span class="who">
        <Words>{session.sub}</Words>
        {session.is === 'in' && <span class="fine"> {duration((session.expiresAt - now) / 1_000)} left</span>}
      </span>
      <select
        aria-label="Theme"
        value={theme}
        onChange={({ currentTarget }) => choose(currentTarget.value as Theme /* one of the options below */)}
      >
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </div>
  );
}

function keptTheme(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(KEPT)) ?? 'system';
}

function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
