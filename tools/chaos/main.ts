import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { stopChildrenAtOnce } from '../stack/processes/child-process.ts';
import { KILL_TITLES } from './faults/kills.ts';
import { faultsOn } from './faults/plan.ts';
import { faultTable, isGood, totals, writeFiles } from './report.ts';
import { run } from './run.ts';
import { countsOf } from './stack/process-record.ts';

/*
 * `npm run chaos`: a system of its own under load, broken in every way of the list, and a checker that compares what
 * people were told with what is on record. Ends with 1 unless nothing was lost, made up, doubled, reordered, misdelivered
 * or illegal, and work flowed again after every fault.
 */

const USAGE = `usage: npm run chaos -- [options]
  --minutes <n>      how long things break (2)
  --seed <text>      repeats the workload and the order and moments of the faults (the time)
  --faults <a,b>     only these: F01, F06, … (all)
  --kills <n>        service kills to reach (30 for each minute; with several nodes as many as come while none is away)
  --nodes <n>        of the broker, with a standby of the database: F31 to F36 instead of F05 to F27 (1)
  --clients <n>      who reconnect at once in F24 (500; 5000 for 20 minutes and more)
  --users <n>        (10)
  --drivers <n>      (24)
  --out <directory>  for history, logs and figures (a new one under the system's temporary directory)`;
const USAGE_STATUS = 2;
const KILLS_PER_MINUTE = 30;
const MAX_NODES = 5;

const number = (max: number) => z.coerce.number().min(0).max(max);
const optionsSchema = z.object({
  minutes: number(1_440).default(2),
  seed: z.string().default(String(Date.now() % 1_000_000)),
  faults: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter(Boolean)),
  kills: number(1_000_000).int().optional(),
  nodes: number(MAX_NODES)
    .int()
    .refine((nodes) => nodes === 1 || nodes >= 3, 'two nodes are no better than one')
    .default(1),
  clients: number(20_000).int().optional(),
  users: number(500).int().default(10),
  drivers: number(500).int().default(24),
  out: z.string().optional(),
});

/** npm passes on a Ctrl-C that the terminal has sent us already: only a later one is a second one. */
const SECOND_SIGNAL_AFTER_MS = 1_000;

const startedAt = Date.now();
const interrupted = new AbortController();
let firstSignalAt: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt(signal));

try {
  await main(readOptions());
} catch (err) {
  print(err instanceof Error ? (err.stack ?? err.message) : String(err));
  process.exitCode ||= 1;
}

async function main(options: z.infer<typeof optionsSchema>): Promise<void> {
  const { minutes, nodes, seed, out, faults, users, drivers } = options;
  const { kills = Math.round(minutes * KILLS_PER_MINUTE), clients = minutes >= 20 ? 5_000 : 500 } = options;
  const directory = out === undefined ? mkdtempSync(join(tmpdir(), 'logi-chaos-')) : resolve(out);
  mkdirSync(directory, { recursive: true });
  print(`seed ${seed}; history and logs in ${directory}`);
  const result = await run({ ...options, kills, clients, directory, print, interrupted: interrupted.signal });
  writeFiles(directory, result.outcomes, result.verdict);
  const good = isGood(result.outcomes, result.verdict, result.problems);
  const command = [
    `--minutes ${minutes}`,
    `--seed ${seed}`,
    `--kills ${kills}`,
    `--clients ${clients}`,
    `--users ${users}`,
    `--drivers ${drivers}`,
    ...(nodes > 1 ? [`--nodes ${nodes}`] : []),
    ...(faults.length > 0 ? [`--faults ${faults}`] : []),
  ];
  for (const line of [
    '',
    ...faultTable(result.outcomes, titlesOn(nodes)),
    '',
    ...totals(result.verdict),
    ...result.problems.map((problem) => `PROBLEM ${problem}`),
    `${countsOf(result.endings)}; figures in ${join(directory, 'faults.csv')}`,
    `again: npm run chaos -- ${command.join(' ')}`,
    good ? 'NOTHING LOST' : `NOT GOOD: ${join(directory, 'history.ndjson')} has all that happened`,
  ])
    print(line);
  if (!good) process.exitCode = 1;
}

function readOptions(): z.infer<typeof optionsSchema> {
  try {
    const value = { type: 'string' } as const;
    const names = Object.keys(optionsSchema.shape);
    const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, value])) });
    const options = optionsSchema.parse(values);
    const known = Object.keys(titlesOn(options.nodes));
    const unknown = options.faults.filter((id) => !known.some((each) => each.split('-')[0] === id || each === id));
    if (unknown.length > 0) throw new Error(`unknown: ${unknown}; there are ${known.join(', ')}`);
    return options;
  } catch (err) {
    process.exitCode = USAGE_STATUS;
    throw new Error(`${err instanceof z.ZodError ? z.prettifyError(err) : err}\n${USAGE}`);
  }
}

function titlesOn(nodes: number): Record<string, string> {
  const titles = Object.entries(faultsOn(nodes)).map(([id, { title }]) => [id, title]);
  return { ...KILL_TITLES, ...Object.fromEntries(titles) };
}

/** The first ends the faults early, and what happened so far is checked; a second ends everything at once. */
function interrupt(signal: 'SIGINT' | 'SIGTERM'): void {
  if (firstSignalAt === undefined) {
    firstSignalAt = Date.now();
    interrupted.abort();
  } else if (Date.now() - firstSignalAt > SECOND_SIGNAL_AFTER_MS) {
    stopChildrenAtOnce();
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
}

function print(line: string): void {
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(7);
  process.stdout.write(line === '' ? '\n' : `[${seconds}] ${line}\n`);
}
