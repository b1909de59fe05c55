import { useEffect, useState } from 'preact/hooks';

/** By how much the server's clock is ahead of the browser's, which may be anything. */
let leadMs = 0;

export function setServerTime(now: string): void {
  leadMs = Date.parse(now) - Date.now();
}

/** Milliseconds since 1970, as the server counts them: all times in answers and messages are its own. */
export function serverNow(): number {
  return Date.now() + leadMs;
}

/** Draws what calls it anew, every so often. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
