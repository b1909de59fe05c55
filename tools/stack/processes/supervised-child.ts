import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, type ChildOptions, startChild } from './child-process.ts';
import { signalProcess } from './process-table.ts';
import { StackError } from './stack-error.ts';

// starting  the process runs and `isReady` is asked; leaves to running, or fails when it exits or the deadline passes
// running   until the process exits (then waiting) or `stop` is called
// waiting   the back-off before it is started again (then running)
// stopped   by `stop`, from any state; nothing is started afterwards

const READY_POLL_MS = 50;
const FIRST_RESTART_DELAY_MS = 1_000;
const MAX_RESTART_DELAY_MS = 10_000;
// One that ran for longer than this begins again with the shortest back-off.
const STEADY_AFTER_MS = 30_000;

export type SupervisedOptions = {
  child: ChildOptions;
  isReady: () => Promise<boolean>;
  readyDeadlineMs: number;
  /** What to show when it does not become ready: the end of its log. */
  lastWords: (child: Child) => string;
  log: (line: string) => void;
  /** Once aborted, nothing is started any more; what runs is still the caller's to stop. */
  signal: AbortSignal;
};

/** Ends the process by a signal, as a fault would, and starts it again after so long. Resolves once it is ready. */
export type Crash = (signal: NodeJS.Signals, pause?: { awayMs: number }) => Promise<void>;

export type Supervised = {
  crash: Crash;
  /** SIGSTOP freezes it, SIGCONT lets it go on; what ends it makes it start again. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it at once, for good. */
  kill(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a process, waits until it is ready, and from then on starts it again whenever it exits. */
export async function startSupervised(options: SupervisedOptions): Promise<Supervised> {
  let child = startChild(options.child);
  try {
    await becomesReady(child, options);
  } catch (err) {
    await child.stop();
    throw err;
  }

  const stopping = new AbortController();
  const stopped = AbortSignal.any([stopping.signal, options.signal]);
  let planned: { awayMs: number; restarted: () => void } | undefined;
  const watching = watch();
  return {
    async crash(signal, { awayMs } = { awayMs: 0 }) {
      const { promise, resolve } = Promise.withResolvers<void>();
      planned = { awayMs, restarted: resolve };
      send(signal);
      await promise;
      await becomesReady(child, options);
    },
    signal: send,
    async kill() {
      stopping.abort();
      send('SIGKILL');
      await watching;
    },
    async stop() {
      stopping.abort();
      await child.stop();
      await watching;
    },
  };

  function send(signal: NodeJS.Signals): void {
    if (child.pid !== undefined) signalProcess(child.pid, signal);
  }

  async function watch(): Promise<void> {
    for (let delayMs = FIRST_RESTART_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_RESTART_DELAY_MS)) {
      const startedAt = Date.now();
      const exit = await child.exited;
      const crash = planned;
      planned = undefined;
      if (crash) {
        delayMs = FIRST_RESTART_DELAY_MS;
        await sleep(crash.awayMs, undefined, { signal: stopped }).catch(() => undefined);
        if (!stopped.aborted) child = startChild(options.child);
        crash.restarted();
        if (stopped.aborted) return;
        continue;
      }
      if (stopped.aborted) return;
      if (Date.now() - startedAt > STEADY_AFTER_MS) delayMs = FIRST_RESTART_DELAY_MS;
      options.log(`${options.child.name} stopped unexpectedly (${exit}): starting it again in ${delayMs / 1_000} s`);
      await sleep(delayMs, undefined, { signal: stopped }).catch(() => undefined);
      if (stopped.aborted) return;
      child = startChild(options.child);
    }
  }
}

async function becomesReady(child: Child, options: SupervisedOptions): Promise<void> {
  const { isReady, lastWords, readyDeadlineMs, signal } = options;
  let exit: string | undefined;
  const noteExit = child.exited.then((how) => {
    exit = how;
  });
  await Promise.race([options.child.input, noteExit]);
  const deadline = Date.now() + readyDeadlineMs;
  while (!(await isReady())) {
    signal.throwIfAborted();
    if (exit !== undefined) throw failure(`stopped while starting (${exit})`);
    if (Date.now() > deadline) throw failure(`is not ready after ${readyDeadlineMs / 1_000} s`);
    await Promise.race([sleep(READY_POLL_MS), noteExit]);
  }
  signal.throwIfAborted();

  function failure(what: string): StackError {
    return new StackError(`${options.child.name} ${what}:\n${lastWords(child)}`);
  }
}
