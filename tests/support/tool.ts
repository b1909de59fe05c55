import { spawn } from 'node:child_process';
import { LONG_WAIT_MS, within } from '../../tools/testing/waiting.ts';
import { closeLater } from './cleanup.ts';

export type Ended = { status: number | null; output: string; errors: string };

const { NODE_COMPILE_CACHE } = process.env;
/** For programs that get an environment of their own: what the run of tests has compiled need not be compiled again. */
export const COMPILE_CACHE = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

/** A command-line tool as people run it, with nothing but these settings. */
export function spawnTool(script: string, args: string[], env: Record<string, string>, cwd?: string) {
  const child = spawn(process.execPath, ['--no-warnings', '--conditions=@logi/source', script, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
  });
  const printed = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    printed.errors += text;
  });
  const closed = new Promise<Ended>((resolve) => child.on('close', (status) => resolve({ status, ...printed })));
  const ended = () =>
    within(closed, `${script} ${args.join(' ')} to end`, { limitMs: LONG_WAIT_MS, seen: () => printed });
  const kill = async () => {
    child.kill('SIGKILL');
    await ended();
  };
  closeLater(kill);
  return {
    ended,
    /** What it has printed so far. */
    output: () => printed.output,
    /** The same of standard error. */
    errors: () => printed.errors,
    /** Ends it as a crash does; resolves when it is gone. */
    kill,
  };
}
