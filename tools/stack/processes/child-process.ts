import { type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readPrivateFile, writePrivateFile } from './private-file.ts';
import { findProcess, isGroupRunning, isRunning, signalProcess } from './process-table.ts';
import { StackError } from './stack-error.ts';

const POLL_MS = 25;
const KILL_DEADLINE_MS = 5_000;
const MAX_LAST_LINES = 20;

export type UserId = { uid: number; gid: number };
export type StopStep = { signal: NodeJS.Signals; waitMs: number };

export type ChildOptions = {
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  user?: UserId | undefined;
  /** A file, so that a server outlives the reader of its output, or a function that is given each line. */
  output: string | ((line: string) => void);
  /** What it waits for on its standard input; without it, there is nothing to read. */
  input?: Promise<string> | undefined;
  /** Names the process while it runs, so that the next start can find what a killed one left behind. */
  recordFile: string;
  /** Signals in the order they are tried; SIGKILL to the whole group comes last by itself. */
  stopSteps: StopStep[];
};

export type Child = {
  /** Undefined when it could not be run. */
  pid: number | undefined;
  exited: Promise<string>;
  lastLines: string[];
  stop(): Promise<void>;
};

// With its own path, so that the record in a copy of the directory is not taken for one's own.
const recordSchema = z.object({ pid: z.number(), startTime: z.string(), path: z.string() });
const runningGroups = new Set<number>();

/** In a process group of its own, so that a terminal's Ctrl-C reaches us only and we choose the order of stopping. */
export function startChild(options: ChildOptions): Child {
  const { name, output, input, recordFile, stopSteps } = options;
  const file = typeof output === 'string' ? openSync(output, 'a', 0o600) : undefined;
  const stdio: StdioOptions = [input ? 'pipe' : 'ignore', file ?? 'pipe', file ?? 'pipe'];
  const [command, ...args] = [...lifeline(stopSteps), options.command, ...options.args];
  const { env, cwd, user } = options;
  const spawned = spawn(command ?? options.command, args, { env, cwd, ...user, stdio, detached: true });
  if (file !== undefined) closeSync(file);

  spawned.stdin?.on('error', () => undefined); // it is gone, which `exited` tells
  input?.then(
    (text) => spawned.stdin?.end(text),
    () => undefined, // told by whoever waits for the process to be ready
  );

  const lastLines: string[] = [];
  const exited = new Promise<string>((resolve) => {
    spawned.once('error', (err) => resolve(`cannot be run: ${err.message}`));
    spawned.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
  });
  for (const stream of [spawned.stdout, spawned.stderr]) {
    if (!stream || typeof output === 'string') continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (lastLines.push(line) > MAX_LAST_LINES) lastLines.shift();
      output(line);
    });
  }
  const { pid } = spawned;
  if (pid === undefined) return { pid, exited, lastLines, stop: () => Promise.resolve() };

  runningGroups.add(pid);
  const record = findProcess(pid) ?? { pid, startTime: 'gone' };
  writePrivateFile(recordFile, { ...record, path: recordFile } satisfies z.infer<typeof recordSchema>);
  const gone = exited.finally(() => runningGroups.delete(pid));
  return {
    pid,
    exited: gone,
    lastLines,
    async stop() {
      await stopGroup(name, pid, stopSteps);
      await gone;
      rmSync(recordFile, { force: true });
    },
  };
}

/** Stops what an earlier run, killed before it could do so itself, left running. Answers whether there was anything. */
export async function stopLeftover(name: string, recordFile: string, stopSteps: StopStep[]): Promise<boolean> {
  const record = readPrivateFile(recordFile, recordSchema);
  if (record?.path !== recordFile) return false;
  // A dead leader's id is not given to another process while its group lives.
  const runs = isRunning(record) || (!findProcess(record.pid) && isGroupRunning(record.pid));
  if (runs) await stopGroup(name, record.pid, stopSteps);
  rmSync(recordFile, { force: true });
  return runs;
}

/** For a second Ctrl-C: those who wait in `stop()` see their process gone and go on. */
export function stopChildrenAtOnce(): void {
  for (const pid of runningGroups) signalProcess(-pid, 'SIGKILL');
}

/** A command that ends by itself: its output, or an error with its last words. */
export async function runCommand(
  command: string,
  args: string[],
  options: { env: NodeJS.ProcessEnv; cwd?: string; user?: UserId | undefined },
): Promise<string> {
  const { env, cwd = '/', user } = options;
  // Detached: a Ctrl-C must not interrupt a package manager half-way.
  const spawned = spawn(command, args, { env, cwd, ...user, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [spawned.stdout, spawned.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const end = await new Promise<string | number | null>((resolve) => {
    spawned.once('error', (err) => resolve(err.message));
    spawned.once('close', (code, signal) => resolve(signal ?? code));
  });
  const output = Buffer.concat(chunks).toString();
  if (end === 0) return output;
  throw new StackError(`${command} failed (${end}):\n${output.trim().split('\n').slice(-MAX_LAST_LINES).join('\n')}`);
}

async function stopGroup(name: string, pid: number, steps: StopStep[]): Promise<void> {
  for (const { signal, waitMs } of steps) {
    // To the leader only: it stops its own in the right order.
    if (findProcess(pid)) signalProcess(pid, signal);
    if (await groupEnds(pid, waitMs)) return;
  }
  signalProcess(-pid, 'SIGKILL');
  if (!(await groupEnds(pid, KILL_DEADLINE_MS)))
    throw new StackError(`${name} (process group ${pid}) cannot be stopped`);
}

async function groupEnds(pid: number, waitMs: number): Promise<boolean> {
  for (const deadline = Date.now() + waitMs; isGroupRunning(pid); await sleep(POLL_MS)) {
    if (Date.now() > deadline) return false;
  }
  return true;
}

let canUseLifeline: boolean | undefined;

/** On Linux, lets the kernel send the first stop signal when we die, even by SIGKILL. */
function lifeline(steps: StopStep[]): string[] {
  const args = ['--pdeathsig', (steps[0]?.signal ?? 'SIGKILL').replace('SIG', '')];
  canUseLifeline ??= spawnSync('setpriv', [...args, 'true'], { stdio: 'ignore' }).status === 0;
  return canUseLifeline ? ['setpriv', ...args] : [];
}
