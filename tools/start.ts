import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import { z } from 'zod';
import { describeStack } from './describe-stack.ts';
import { stopChildrenAtOnce } from './stack/processes/child-process.ts';
import { findRunner, isRunning } from './stack/processes/process-table.ts';
import { StackError } from './stack/processes/stack-error.ts';
import { startStack } from './stack/stack.ts';

/*
 * `npm start`: the whole system from this clone, until Ctrl-C. Services log below their names.
 * `npm run dev`: the same, and a service starts again when a file changes that it is made of.
 */

const USAGE = `usage: npm start [-- --nodes 3]           so many nodes of the broker, and a standby of the database
       npm run dev -- [--inspect]    a debugger can attach to the gateway (9229), booking (9230) and tracking (9231)`;
const USAGE_STATUS = 2;
/** On one machine more would show nothing that these do not. */
const MAX_NODES = 5;
const nodesSchema = z.coerce.number().int().min(1).max(MAX_NODES);

const ROOT = fileURLToPath(new URL('..', import.meta.url));
// npm passes on a Ctrl-C that the terminal has sent us already: only a later one is a second one.
const SECOND_SIGNAL_AFTER_MS = 1_000;
const NPM_POLL_MS = 1_000;
const NAME_WIDTH = 10;

const startedAt = Date.now();
const stopping = new AbortController();
const stopAsked = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
let firstSignalAt: number | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => askToStop(signal));
// Whoever read our output may be gone before us.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
const way = readArguments();
if (way) await runStack(way);

type Way = { watch: boolean; inspect: boolean; nodes: number };

function readArguments(): Way | undefined {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const nodes = { type: 'string', default: '1' } as const;
    const { values } = parseArgs({ options: { watch: flag, inspect: flag, help: flag, nodes } });
    if (!values.help) return { ...values, nodes: nodesSchema.parse(values.nodes) };
    print(USAGE);
  } catch (err) {
    process.stderr.write(
      `${err instanceof z.ZodError ? z.prettifyError(err) : err instanceof Error ? err.message : err}\n${USAGE}\n`,
    );
    process.exitCode = USAGE_STATUS;
  }
  return undefined;
}

async function runStack({ watch, inspect, nodes }: Way): Promise<void> {
  watchNpm();
  try {
    const stack = await startStack({
      root: ROOT,
      env: process.env,
      log: progress,
      onServiceLine: (service, line) => print(`${styleText('cyan', service.padEnd(NAME_WIDTH))} ${line}`),
      signal: stopping.signal,
      nodes,
      development: { watch, inspect },
    });
    progress('ready');
    print(describeStack(stack));
    if (watch) print('A service starts again when a file changes that it is made of.\n');
    await stopAsked;
    await stack.stop();
    progress('stopped');
  } catch (err) {
    if (stopping.signal.aborted && err === stopping.signal.reason) return progress('stopped before it was ready');
    const text =
      err instanceof StackError ? err.message : err instanceof Error ? (err.stack ?? err.message) : String(err);
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  }
}

function askToStop(why: string): void {
  if (firstSignalAt === undefined) {
    firstSignalAt = Date.now();
    progress(`stopping (${why}); once more ends everything at once`);
    stopping.abort();
  } else if (Date.now() - firstSignalAt > SECOND_SIGNAL_AFTER_MS) {
    progress('stopping at once');
    stopChildrenAtOnce();
  }
}

/** A killed npm cannot pass on anything; without it, nobody would ever stop us. */
function watchNpm(): void {
  const npm = process.env['npm_lifecycle_event'] === undefined ? undefined : findRunner();
  if (!npm) return;
  const watch = setInterval(() => {
    if (isRunning(npm)) return;
    clearInterval(watch);
    if (!stopping.signal.aborted) askToStop('npm is gone');
  }, NPM_POLL_MS).unref();
}

function progress(line: string): void {
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(NAME_WIDTH - 3);
  print(`${styleText('dim', `[${seconds}s]`)} ${line}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
