import { useCallback, useEffect, useState } from 'preact/hooks';
import { Refusal } from './api.ts';
import { useSession } from './session.ts';

export type Asked<Answer> = {
  /** The newest answer, which stays while it is asked anew. */
  answer: Answer | undefined;
  /** Why the last one who asked got none. */
  refusal: Refusal | undefined;
  again: () => void;
};

/**
 * Asks, and asks again every so often while somebody looks. `key` says what is asked: with another one the old answer is
 * dropped, so that nobody takes it for the new one.
 */
export function useAsked<Answer>(
  key: string,
  call: (signal: AbortSignal) => Promise<Answer>,
  everyMs?: number,
): Asked<Answer> {
  const isIn = useSession().is === 'in';
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<{ key: string; answer?: Answer; refusal?: Refusal }>({ key });
  const again = useCallback(() => setTurn((turn) => turn + 1), []);

  // The key stands for the call, which is another one each time.
  useEffect(() => {
    if (!isIn) return undefined;
    const leaving = new AbortController();
    const run = async () => {
      if (document.hidden) return;
      try {
        const answer = await call(leaving.signal);
        if (!leaving.signal.aborted) setState({ key, answer });
      } catch (err) {
        if (leaving.signal.aborted) return;
        if (!(err instanceof Refusal)) throw err;
        setState((before) => ({ ...(before.key === key && before), key, refusal: err }));
      }
    };
    void run();
    const timer = everyMs === undefined ? undefined : setInterval(() => void run(), everyMs);
    const onLook = () => void run();
    document.addEventListener('visibilitychange', onLook);
    return () => {
      leaving.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onLook);
    };
  }, [key, turn, isIn, everyMs]);

  const current = state.key === key ? state : undefined;
  return { answer: current?.answer, refusal: current?.refusal, again };
}
