import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { pause } from '../testing/pause.ts';
import { createRandom, type Random } from '../testing/random.ts';
import { findDeadLetters, waitUntilDrained } from './backlog.ts';
import type { Verdict } from './checker/checker.ts';
import { type Facts, followStream, readFacts } from './checker/facts.ts';
import { History } from './checker/history.ts';
import type { Fault, FaultContext } from './faults/fault.ts';
import { Kills } from './faults/kills.ts';
import { isWanted, planOf } from './faults/plan.ts';
import { judge } from './judge.ts';
import { GIVE_UP_MS, Outcomes } from './outcomes.ts';
import { WORK_KINDS, WorkMeter } from './people/work-meter.ts';
import { assemble, type Workload } from './people/workload.ts';
import type { World } from './people/world.ts';
import type { Outcome } from './report.ts';
import { ownAll } from './stack/instance.ts';
import { type Endings, endingsOf, type ProcessEvent, problemsOf } from './stack/process-record.ts';
import { type ChaosStack, startChaosStack } from './stack/stack.ts';

export type RunOptions = {
  minutes: number;
  /** Of the broker. */
  nodes: number;
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

export type RunResult = { verdict: Verdict; outcomes: readonly Outcome[]; problems: string[]; endings: Endings };

const BETWEEN_FAULTS_MS = [500, 3_000] as const;
const PROGRESS_EVERY_MS = 10_000;
const DRAIN_TIMEOUT_MS = 120_000;
const LONG_MINUTES = 20;
/** Longer than anybody can be away: in a long run the broker is away for five minutes. */
const RESUME_WINDOW_MS = { short: 90_000, long: 420_000 };
/** A run that has not reached its kills goes on for so much of its time, when that and its faults are over. */
const OVERTIME_SHARE = 0.5;

export async function run(options: RunOptions): Promise<RunResult> {
  const { directory, print, seed, minutes, nodes, users, drivers } = options;
  const resumeWindowMs = RESUME_WINDOW_MS[lengthOf(minutes)];
  const history = new History(join(directory, 'history.ndjson'));
  const record = (event: ProcessEvent) => history.add({ kind: 'process', ...event });
  const stack = await startChaosStack({ directory, nodes, resumeWindowMs, log: print, record });
  const stream = followStream(stack.servers.amqpUrl);
  const lastOrders = new AbortController();
  const goHome = new AbortController();
  setMaxListeners(0, lastOrders.signal, goHome.signal); // everybody waits for these
  const random = createRandom(seed);
  const world: World = {
    urls: stack.urls,
    secret: stack.secret,
    history,
    meter: new WorkMeter(),
    random: random.fork('people'),
    lastOrders: lastOrders.signal,
    goHome: goHome.signal,
  };
  try {
    using workload = await assemble(world, { users, drivers });
    print(`${users} users, ${drivers} drivers and two admins are here`);
    const { published } = stream;
    return await new Run(options, { stack, world, workload, random, published, lastOrders, goHome }).play();
  } finally {
    lastOrders.abort();
    goHome.abort();
    await stream.stop();
    await stack.stop();
    await history.close();
  }
}

type Parts = {
  stack: ChaosStack;
  world: World;
  workload: Workload;
  random: Random;
  published: Facts['published'];
  lastOrders: AbortController;
  goHome: AbortController;
};

/** One run: people are here, things break while they work, what is left is worked off, and what happened is compared. */
class Run {
  readonly #options: RunOptions;
  readonly #parts: Parts;
  readonly #outcomes: Outcomes;
  readonly #startedAt = Date.now();
  readonly #problems: string[] = [];
  /** By the fault that says to have made them. */
  readonly #claimedKills: Record<string, number> = {};

  constructor(options: RunOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    const { meter, history } = parts.world;
    this.#outcomes = new Outcomes({ meter, history, print: options.print });
  }

  async play(): Promise<RunResult> {
    const { stack, world, workload, published, lastOrders, goHome } = this.#parts;
    const { print } = this.#options;
    const working = workload.run();
    const kills = this.#createKills();
    const ticker = setInterval(() => this.#progress(kills), PROGRESS_EVERY_MS);
    if ((await world.meter.recovers(WORK_KINDS, Date.now(), GIVE_UP_MS)) === undefined)
      this.#problems.push('work never flowed, with nothing broken');
    try {
      await this.#breakThings(kills);
    } finally {
      clearInterval(ticker);
      await kills.stop();
    }
    await this.#outcomes.settled();
    print('nothing breaks any more; open bookings come to their end');
    lastOrders.abort();
    await working;
    const left = await waitUntilDrained(stack.servers, { timeoutMs: DRAIN_TIMEOUT_MS });
    if (left) this.#problems.push(`not drained: ${JSON.stringify(left)}`);
    goHome.abort();
    await workload.left();
    const verdict = await judge(world.history.entries, () => readFacts(stack.servers.databaseUrl, published));
    this.#problems.push(...(await findDeadLetters(stack.servers.managementUrl)));
    if (!this.#options.interrupted.aborted && this.#lacks(kills))
      this.#problems.push(`only ${kills.count} of ${kills.target} kills`);
    const endings = endingsOf(world.history.entries.filter((entry) => entry.kind === 'process'));
    this.#problems.push(...problemsOf(endings, this.#claimedKills));
    return { verdict, outcomes: this.#outcomes.all, problems: this.#problems, endings };
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
      onKill: (kill) => {
        this.#claim(kill.id);
        this.#outcomes.addKill(kill);
      },
    });
  }

  /** With several nodes, kills rest while one of these is away, which is most of the time: none is asked for. */
  #lacks(kills: Kills): boolean {
    return this.#options.nodes === 1 && kills.count < kills.target;
  }

  async #breakThings(kills: Kills): Promise<void> {
    const { minutes, nodes, faults, interrupted } = this.#options;
    const random = this.#parts.random.fork('faults');
    const endsAt = this.#startedAt + minutes * 60_000;
    kills.start();
    for (const [id, fault] of planOf({ nodes, minutes, wanted: faults, random })) {
      await pause(random.between(...BETWEEN_FAULTS_MS), interrupted);
      if (interrupted.aborted) break;
      await this.#breakAndMend(id, fault, { kills, random });
    }
    const overtime = Math.max(endsAt, Date.now()) + minutes * 60_000 * OVERTIME_SHARE;
    while (!interrupted.aborted && Date.now() < overtime && (Date.now() < endsAt || this.#lacks(kills))) {
      await pause(100, interrupted);
    }
  }

  async #breakAndMend(id: string, fault: Fault, { kills, random }: { kills: Kills; random: Random }): Promise<void> {
    const { stack, world } = this.#parts;
    const { minutes, clients } = this.#options;
    const mends: (() => Promise<void>)[] = [];
    const afterwards: FaultContext['afterwards'] = (mend) => mends.push(mend);
    const ctx: FaultContext = { stack, world, random, clients, length: lengthOf(minutes), afterwards };
    this.#outcomes.begin(id);
    await using owned = await ownAll(fault.owns === 'all instances' ? stack.instances : [], id);
    const { processes } = owned;
    const injecting =
      fault.owns === 'all instances'
        ? fault.inject({ ...ctx, processes, onKill: () => this.#claim(id) })
        : fault.inject(ctx);
    const problem = await injecting.catch((err: unknown) => `could not be injected: ${err}`);
    kills.rest();
    await this.#outcomes.end({ id, what: fault.title, limitMs: fault.limitMs, problem });
    for (const mend of mends)
      await mend().catch((err: unknown) => this.#problems.push(`${id}: could not be mended: ${err}`));
    kills.goOn();
  }

  #claim(id: string): void {
    this.#claimedKills[id] = (this.#claimedKills[id] ?? 0) + 1;
  }

  #progress(kills: Kills): void {
    const { request, event, points } = this.#parts.world.meter.counts;
    const seconds = Math.round((Date.now() - this.#startedAt) / 1_000);
    this.#options.print(
      `${seconds} s: ${kills.count} kills, ${this.#outcomes.all.length} faults (now ${this.#outcomes.current}), ` +
        `${request} bookings, ${event} deliveries, ${points} acks of points`,
    );
  }
}

function lengthOf(minutes: number): FaultContext['length'] {
  return minutes >= LONG_MINUTES ? 'long' : 'short';
}
