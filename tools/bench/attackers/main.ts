import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Servers } from '../../stack/servers/servers.ts';
import { percentile } from '../../testing/percentile.ts';
import { printTable, type Row, say } from '../suite.ts';
import { ATTACKERS_CORE, HONEST_CORE } from './addresses.ts';
import type { AttackerOrder } from './attacker.ts';
import { ATTACKS } from './attacks.ts';
import type { HonestOrder, HonestReport } from './honest.ts';
import { ATTACKED, onStage, type Stage } from './stage.ts';

const SECONDS = 20;
/** Attackers begin before the honest are measured, and go on until after it. */
const AHEAD_MS = 2_000;
const MAX_RATIO = 3;
const MAX_BYTES = 400 * 2 ** 20;
const KINDS = ['calls', 'pings', 'points'] as const;

type Run = { report: HonestReport; peaks: { service: string; bytes: number }[] };

/**
 * What honest people notice of people who wish us ill. A hundred honest ones on one core; on the other an attacker of each
 * kind, all ten, or, to compare with, processes that only use that core up, one for each attacker in whose place it stands.
 */
export async function benchAttackers(servers: Servers): Promise<void> {
  const names = Object.keys(ATTACKS);
  const rows: Row[] = [];
  const spinner = await play(servers, [undefined]);
  for (const name of names) rows.push(...judge(name, await play(servers, [name]), spinner));
  const spinners = await play(
    servers,
    names.map(() => undefined),
  );
  rows.push(...judge('all ten', await play(servers, names), spinners));
  printTable(`a hundred honest people beside attackers, ${SECONDS} s each, limits at their defaults`, rows);
}

async function play(servers: Servers, attacks: readonly (string | undefined)[]): Promise<Run> {
  return onStage(servers, async (stage) => {
    const report = await bearAttacks(stage, attacks);
    const peaks = await Promise.all(
      ATTACKED.map(async (service) => ({ service, bytes: await stage.peakBytes(service) })),
    );
    const run = { report, peaks };
    say(`${attacks.length > 1 ? attacks.length : ''} ${attacks[0] ?? 'spinning'}: ${describe(run)}`);
    return run;
  });
}

async function bearAttacks({ addresses }: Stage, attacks: readonly (string | undefined)[]): Promise<HonestReport> {
  const honest = startOn<HonestOrder>(HONEST_CORE, 'honest.ts', { addresses, seconds: SECONDS });
  await once(honest, 'message');
  const seconds = SECONDS + AHEAD_MS / 500;
  const attackers = attacks.map((attack, index) =>
    startOn<AttackerOrder>(ATTACKERS_CORE, 'attacker.ts', { addresses, attack, index, seconds }),
  );
  await setTimeout(AHEAD_MS);
  honest.send('go');
  const [report] = (await once(honest, 'message')) as [HonestReport]; // what honest.ts sends second
  await Promise.all(attackers.map(async (child) => child.exitCode ?? once(child, 'exit')));
  return report;
}

/** `taskset` is of util-linux, which every Linux has. */
function startOn<Order>(core: number, program: string, order: Order): ChildProcess {
  const path = fileURLToPath(new URL(program, import.meta.url));
  return spawn('taskset', ['-c', String(core), process.execPath, '--no-warnings', path, JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function judge(name: string, { report, peaks }: Run, { report: beside }: Run): Row[] {
  const waits = KINDS.map((kind) => {
    const [ours, theirs] = [percentile(report[kind], 0.99), percentile(beside[kind], 0.99)];
    return {
      what: `${name}: p99 of ${kind}, ms`,
      ours: ours.toFixed(1),
      peer: `${theirs.toFixed(1)}; ratio ${(ours / theirs).toFixed(2)}`,
      bar: `${MAX_RATIO} ×`,
      isMet: ours <= MAX_RATIO * theirs,
    };
  });
  const largest = Math.max(...peaks.map(({ bytes }) => bytes));
  const harmed = report.closed.length + report.refused.length;
  for (const what of [...report.closed, ...report.refused].slice(0, 5)) say(`  ${what}`);
  return [
    ...waits,
    { what: `${name}: largest service, MB`, ours: toMb(largest), bar: toMb(MAX_BYTES), isMet: largest <= MAX_BYTES },
    { what: `${name}: honest closed or refused`, ours: String(harmed), bar: '0', isMet: harmed === 0 },
  ];
}

function describe({ report, peaks }: Run): string {
  const waits = KINDS.map((kind) => `${kind} ${percentile(report[kind], 0.99).toFixed(1)} ms (${report[kind].length})`);
  const sizes = peaks.map(({ service, bytes }) => `${service} ${toMb(bytes)} MB`);
  return [...waits, ...sizes, `${report.closed.length} closed, ${report.refused.length} refused`].join(', ');
}

function toMb(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
