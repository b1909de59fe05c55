import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { pause } from '../testing/pause.ts';
import { createRandom, type Random } from '../testing/random.ts';
import { check, type Verdict } from './checker.ts';
import { type Facts, followStream, readFacts } from './facts.ts';
import type { FaultContext } from './faults.ts';
import { History } from './history.ts';
import { Kills } from './kills.ts';
import type { World } from './people/world.ts';
import { isWanted, planOf } from './plan.ts';
import { BEATS, type Beat, Pulse } from './pulse.ts';
import { findDeadLetters, waitForQuiet } from './quiet.ts';
import { NEVER, type Outcome } from './report.ts';
import { type ChaosStack, startChaosStack } from './stack.ts';
import { assemble, type Workload } from './workload.ts';

export type RunOptions = {
  minutes: number;
  seed: string;
  /** Ids, or their beginnings. */
  faults: string[];
  kills: number;
  clients: number;
  users: number;
  drivers: number;
  /** For logs, history and figures. */
  directory: string;
  print: (line: string) => void;
  interrupted: AbortSignal;
};

export type RunResult = { verdict: Verdict; outcomes: Outcome[]; problems: string[]; kills: number };

/** Work is to flow again so soon. */
const LIMIT_MS = 5_000;
/** What has not come back by then will not. */
const GIVE_UP_MS = 60_000;
const BETWEEN_FAULTS_MS = [500, 3_000] as const;
const WARM_UP_MS = 10_000;
const PROGRESS_EVERY_MS = 10_000;
const QUIET_TIMEOUT_MS = 120_000;
/** Messages that were published reach every client in this time, or not at all. */
const DELIVERY_TIMEOUT_MS = 30_000;
const SILENT_LOOKS = 3;
const BETWEEN_LOOKS_MS = 500;
const LONG_MINUTES = 20;
/** Longer than anybody can be away: in a long run the broker is away for five minutes. */
const RESUME_WINDOW_MS = { short: 90_000, long: 420_000 };
/** A run that has not reached its kills in time goes on, but not for ever. */
const OVERTIME = 1.5;

export async function run(options: RunOptions): Promise<RunResult> {
  const { directory, print, seed, minutes } = options;
  const resumeWindowMs = RESUME_WINDOW_MS[minutes >= LONG_MINUTES ? 'long' : 'short'];
  const stack = await startChaosStack({ directory, resumeWindowMs, log: print });
  const history = new History(join(directory, 'history.ndjson'));
  const stream = followStream(stack.servers.amqpUrl);
  try {
    return await new Run(options, { stack, history, random: createRandom(seed), published: stream.published }).play();
  } finally {
    await stream.stop();
    await stack.stop();
    await history.close();
  }
}

type Parts = { stack: ChaosStack; history: History; random: Random; published: Facts['published'] };

/** One run: people come, things break while they work, all becomes quiet, and what happened is compared. */
class Run {
  readonly #options: RunOptions;
  readonly #parts: Parts;
  readonly #pulse = new Pulse();
  readonly #outcomes: Outcome[] = [];
  readonly #problems: string[] = [];
  readonly #measuring: Promise<void>[] = [];
  readonly #lastOrders = new AbortController();
  readonly #goHome = new AbortController();
  #current = 'none';
  /** Faults of FAULTS that have begun. */
  #begun = 0;
  #startedAt = Date.now();

  constructor(options: RunOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    setMaxListeners(0, this.#lastOrders.signal, this.#goHome.signal); // everybody waits for these
  }

  async play(): Promise<RunResult> {
    const { stack, history, random } = this.#parts;
    const { users, drivers } = this.#options;
    const { urls, secret } = stack;
    const signals = { lastOrders: this.#lastOrders.signal, goHome: this.#goHome.signal };
    const world: World = { urls, secret, history, pulse: this.#pulse, random: random.fork('people'), ...signals };
    const workload = await assemble(world, { users, drivers });
    try {
      return await this.#observe(workload, world);
    } finally {
      this.#lastOrders.abort();
      this.#goHome.abort();
      for (const ears of workload.detailed) ears.close();
    }
  }

  async #observe(workload: Workload, world: World): Promise<RunResult> {
    const { stack, history, random, published } = this.#parts;
    const { users, drivers, print } = this.#options;
    print(`${users} users, ${drivers} drivers and two admins are here`);
    this.#startedAt = Date.now();
    const working = workload.run();
    const kills = this.#createKills();
    const ticker = setInterval(() => this.#progress(kills), PROGRESS_EVERY_MS);
    await this.#measure({ id: 'start', what: 'nothing is broken yet', beats: BEATS, limitMs: WARM_UP_MS });
    if (this.#outcomes.pop()?.recoveryMs === NEVER) this.#problems.push('work never flowed, with nothing broken');
    try {
      await this.#breakThings(kills, { stack, world, history, random: random.fork('faults') });
    } finally {
      clearInterval(ticker);
    }
    await Promise.all(this.#measuring);
    print('nothing breaks any more; open bookings come to their end');
    this.#lastOrders.abort();
    await working;
    const left = await waitForQuiet(stack.servers, { timeoutMs: QUIET_TIMEOUT_MS });
    if (left) this.#problems.push(`not quiet: ${JSON.stringify(left)}`);
    this.#goHome.abort();
    await workload.left();
    const verdict = await this.#judge(() => readFacts(stack.servers.databaseUrl, published));
    this.#problems.push(...(await findDeadLetters(stack.servers.managementUrl)));
    if (!this.#options.interrupted.aborted && kills.count < kills.target)
      this.#problems.push(`only ${kills.count} of ${kills.target} kills`);
    return { verdict, outcomes: this.#outcomes, problems: this.#problems, kills: kills.count };
  }

  #createKills(): Kills {
    const { minutes, faults, kills: target } = this.#options;
    const { stack, random } = this.#parts;
    return new Kills({
      instances: stack.instances,
      random: random.fork('kills'),
      ids: new Set(['F01', 'F02', 'F03', 'F04'].filter((id) => isWanted(id, faults))),
      target,
      endsAt: Date.now() + minutes * 60_000,
      onKill: ({ id, what, beats }) => {
        // During another fault its own recovery is what is measured.
        if (this.#current === 'none') this.#measuring.push(this.#measure({ id, what, beats, limitMs: LIMIT_MS }));
        else this.#note({ id, what: `${what} during ${this.#current}`, limitMs: LIMIT_MS });
      },
      onDeath: (what) => this.#problems.push(`a process ended by itself: ${what}`),
    });
  }

  async #breakThings(kills: Kills, parts: Pick<FaultContext, 'stack' | 'world' | 'history' | 'random'>): Promise<void> {
    const { minutes, faults, clients, interrupted } = this.#options;
    const ctx: FaultContext = { ...parts, clients, isLong: minutes >= LONG_MINUTES };
    const endsAt = this.#startedAt + minutes * 60_000;
    kills.start();
    for (const [id, fault] of planOf({ minutes, wanted: faults, random: ctx.random })) {
      await pause(ctx.random.between(...BETWEEN_FAULTS_MS), interrupted);
      if (interrupted.aborted) break;
      this.#current = id;
      this.#begun += 1;
      if (!fault.withKills) await kills.calm();
      const { limitMs = LIMIT_MS } = fault;
      const problem = await fault.inject(ctx).catch((err: unknown) => `could not be injected: ${err}`);
      kills.hold();
      await this.#measure({ id, what: fault.title, beats: BEATS, limitMs, problem });
      this.#current = 'none';
      kills.release();
    }
    const overtime = this.#startedAt + minutes * 60_000 * OVERTIME;
    while (!interrupted.aborted && Date.now() < overtime && (Date.now() < endsAt || kills.count < kills.target)) {
      await pause(100, interrupted);
    }
    await kills.stop();
  }

  /** From this moment until work flows again. */
  async #measure(fault: {
    id: string;
    what: string;
    beats: readonly Beat[];
    limitMs: number;
    problem?: string | undefined;
  }): Promise<void> {
    const { id, what, beats, limitMs, problem } = fault;
    const begun = this.#begun;
    const recoveryMs = (await this.#pulse.recovers(beats, Date.now(), GIVE_UP_MS)) ?? NEVER;
    const isDisturbed = this.#begun !== begun;
    this.#note({ id, what, limitMs, ...(!isDisturbed && { recoveryMs }), ...(problem !== undefined && { problem }) });
  }

  #note(outcome: Omit<Outcome, 'atSeconds'>): void {
    const at = Date.now();
    this.#outcomes.push({ ...outcome, atSeconds: (at - this.#startedAt) / 1_000 });
    const { id, what, recoveryMs, problem } = outcome;
    this.#parts.history.add({ kind: 'fault', at, id, what, ...(recoveryMs !== undefined && { recoveryMs }) });
    const { print } = this.#options;
    if (problem !== undefined) print(`${id}: ${problem}`);
    if (recoveryMs !== undefined && recoveryMs > outcome.limitMs)
      print(`${id}: ${what}: ${recoveryMs} ms until work flowed again`);
  }

  /** Waits until nobody hears anything any more, and then for what is owed, but no longer than anything may take. */
  async #judge(read: () => Promise<Facts>): Promise<Verdict> {
    const { entries } = this.#parts.history;
    const deadline = Date.now() + DELIVERY_TIMEOUT_MS;
    for (;;) {
      for (let known = -1, looks = 0; looks < SILENT_LOOKS && Date.now() < deadline; looks += 1) {
        if (entries.length !== known) looks = 0;
        known = entries.length;
        await pause(BETWEEN_LOOKS_MS);
      }
      const verdict = check(entries, await read());
      if (verdict.wrongs.lost === 0 || Date.now() > deadline) return verdict;
    }
  }

  #progress(kills: Kills): void {
    const { request, event, points } = this.#pulse.counts;
    const seconds = Math.round((Date.now() - this.#startedAt) / 1_000);
    this.#options.print(
      `${seconds} s: ${kills.count} kills, ${this.#outcomes.length} faults (now ${this.#current}), ` +
        `${request} bookings, ${event} deliveries, ${points} acks of points`,
    );
  }
}
