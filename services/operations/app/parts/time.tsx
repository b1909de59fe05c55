import { useNow } from '../data/clock.ts';

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;

/** `40 s`, `3 min`, `2 h`: as exact as somebody wants to know. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const unit = UNITS.find((each) => whole >= each.seconds) ?? UNITS[3];
  return `${Math.floor(whole / unit.seconds)} ${unit.name}`;
}

/** The same of what may be too short for seconds. */
export function span(ms: number): string {
  return ms < 1_000 ? `${Math.max(0, Math.round(ms))} ms` : duration(ms / 1_000);
}

export function relative(at: number, now: number): string {
  const seconds = (now - at) / 1_000;
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `${duration(seconds)} ago` : `in ${duration(-seconds)}`;
}

/** How long ago it was, by the server's clock; exactly when, on hover. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exact(at)} class="figure">
      {relative(Date.parse(at), now)}
    </time>
  );
}

/** In the reader's own zone, with its name, and as it is on the wire. */
export function exact(at: string): string {
  const local = new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
  return `${local}\n${at}`;
}
