import { useEffect, useState } from 'preact/hooks';
import { duration, exact } from '../parts/time.tsx';
import type { Place } from './features.ts';

const SPEEDS = [1, 10, 60, 300] as const;
const STEP_MS = 100;

type ReplayProps = { places: readonly Place[]; times: readonly number[]; onMove: (place: Place | undefined) => void };

/** The way once more, as fast as somebody wants to see it. */
export function Replay({ places, times, onMove }: ReplayProps) {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const [at, setAt] = useState<number>();
  const [speed, setSpeed] = useState(10);
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return undefined;
    const timer = setInterval(() => setAt((before = first) => Math.min(last, before + STEP_MS * speed)), STEP_MS);
    return () => clearInterval(timer);
  }, [isPlaying, speed, first, last]);
  useEffect(() => {
    onMove(at === undefined ? undefined : placeAt(places, times, at));
    if (at !== undefined && at >= last) setPlaying(false);
  }, [at]);
  const play = () => {
    if (at === undefined || at >= last) setAt(first);
    setPlaying(!isPlaying);
  };
  return (
    <div class="replay">
      <button type="button" onClick={play}>
        {isPlaying ? 'Pause' : 'Replay'}
      </button>
      <input
        type="range"
        aria-label="Moment"
        min={first}
        max={last}
        value={at ?? last}
        onInput={({ currentTarget }) => setAt(Number(currentTarget.value))}
      />
      <select aria-label="Speed" value={speed} onChange={({ currentTarget }) => setSpeed(Number(currentTarget.value))}>
        {SPEEDS.map((each) => (
          <option key={each} value={each}>
            {each} ×
          </option>
        ))}
      </select>
      <span class="fine figure" title={exact(new Date(at ?? last).toISOString())}>
        {duration(((at ?? last) - first) / 1_000)} of {duration((last - first) / 1_000)}
      </span>
    </div>
  );
}

/** Between two fixes, as if the driver had gone straight and evenly. */
export function placeAt(places: readonly Place[], times: readonly number[], at: number): Place | undefined {
  const next = times.findIndex((time) => time >= at);
  if (next <= 0) return next < 0 ? places.at(-1) : places[0];
  const [a, b, from, to] = [places[next - 1], places[next], times[next - 1], times[next]];
  if (!a || !b || from === undefined || to === undefined) return undefined;
  const share = to === from ? 1 : (at - from) / (to - from);
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
}
