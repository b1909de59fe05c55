import { parseJson } from '@logi/contracts';
import { z } from 'zod';

/** How processes end, in the words of `startChild`. */
export const KILLED = 'killed by SIGKILL';
export const STOPPED = 'exit code 0';

/** What happens to a process. */
export type Happening =
  | { is: 'started'; killsItselfFor?: string | undefined } // the fault that has armed a failpoint
  | { is: 'ready' }
  | { is: 'signalled'; signal: NodeJS.Signals; by: string }
  | { is: 'ended'; exit: string; said: readonly string[] }; // its last lines, which may come after its end
/** An instance has one process at a time. */
export type ProcessEvent = { at: number; instance: string } & Happening;

type Unasked = { instance: string; exit: string; said: readonly string[] };

/** How processes ended, other than in order, when they were asked to stop. */
export type Endings = {
  /**
   * By fault: was alive, was sent SIGKILL by the fault, or by itself at a failpoint that the fault had armed, and ended
   * by that.
   */
  kills: Record<string, number>;
  /** Ended before it was ready, and no fault had a hand in it. */
  failedStarts: Unasked[];
  /** Had been ready, and ended otherwise than a fault wanted it to. */
  deaths: Unasked[];
};

type Life = {
  stage: 'starting' | 'ready';
  /** What a fault has done that ends it. */
  fate?: { is: 'kill'; by: string } | { is: 'stop' };
};

export function endingsOf(events: readonly ProcessEvent[]): Endings {
  const endings: Endings = { kills: {}, failedStarts: [], deaths: [] };
  const lives = new Map<string, Life>();
  for (const event of events) {
    const { instance } = event;
    if (event.is === 'started') {
      const by = event.killsItselfFor;
      lives.set(instance, { stage: 'starting', ...(by !== undefined && { fate: { is: 'kill', by } }) });
      continue;
    }
    const life = lives.get(instance);
    if (!life) continue; // a signal to what has ended does nothing
    switch (event.is) {
      case 'ready':
        life.stage = 'ready';
        break;
      case 'signalled':
        if (event.signal === 'SIGKILL') life.fate = { is: 'kill', by: event.by };
        else if (event.signal === 'SIGTERM') life.fate = { is: 'stop' };
        break;
      case 'ended':
        lives.delete(instance);
        note(endings, life, { instance, exit: event.exit, said: event.said });
        break;
      default:
        event satisfies never;
    }
  }
  return endings;
}

function note({ kills, failedStarts, deaths }: Endings, { stage, fate }: Life, ended: Unasked): void {
  if (fate?.is === 'stop' && ended.exit === STOPPED) return;
  if (fate?.is === 'kill' && ended.exit === KILLED) kills[fate.by] = (kills[fate.by] ?? 0) + 1;
  else (stage === 'starting' ? failedStarts : deaths).push(ended);
}

export function countsOf({ kills, failedStarts }: Endings): string {
  const total = Object.values(kills).reduce((sum, count) => sum + count, 0);
  const byFault = Object.entries(kills)
    .sort()
    .map(([fault, count]) => `${fault} ${count}`);
  return [`${total} services killed`, ...byFault, `${failedStarts.length} failed starts`].join(', ');
}

/** What a run must not hide: ends that no fault had made, and kills that faults claim and no process has died of. */
export function problemsOf(
  { kills, failedStarts, deaths }: Endings,
  claimed: Readonly<Record<string, number>>,
): string[] {
  const faults = [...new Set([...Object.keys(kills), ...Object.keys(claimed)])].sort();
  return [
    ...grouped(failedStarts).map(([end, count]) => `${count} failed starts of ${end}`),
    ...grouped(deaths).map(([end, count]) => `${count} deaths of ${end}`),
    ...faults
      .map((fault) => ({ fault, claims: claimed[fault] ?? 0, ends: kills[fault] ?? 0 }))
      .filter(({ claims, ends }) => claims !== ends)
      .map(({ fault, claims, ends }) => `${fault} claims ${claims} kills, and ${ends} processes ended by it`),
  ];
}

function grouped(ends: readonly Unasked[]): [end: string, count: number][] {
  const groups = Map.groupBy(ends, ({ instance, exit, said }) => `${instance}: ${exit}: ${lastWords(said)}`);
  return [...groups].map(([end, group]) => [end, group.length]);
}

const fatalLine = z.object({ level: z.literal('fatal'), msg: z.string(), err: z.object({ message: z.string() }) });

/** Why it ended, if it said so. */
function lastWords(said: readonly string[]): string {
  const [reason] = said.flatMap((line) => fatalLine.safeParse(parseJson(line)).data ?? []);
  return reason ? `${reason.msg}: ${reason.err.message}` : (said.at(-1) ?? 'it said nothing');
}
