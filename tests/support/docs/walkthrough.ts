import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeCopy } from '../../../tools/testing/tree-copy.ts';
import { within } from '../../../tools/testing/waiting.ts';
import { closeLater } from '../cleanup.ts';
import { type CodeBlock, codeBlocks, commandsOf, type Document } from './documents.ts';

/** What a document asks its reader to do, one after the other. */
export type Step =
  | { is: 'new file'; path: string; text: string }
  | { is: 'edit'; path: string; hunks: Hunk[] }
  /** A command that is to fail prints these lines; `…` is any text. */
  | { is: 'command'; command: string; fails: boolean; prints: string[] };

/** Whole lines. */
type Hunk = { before: string[]; after: string[] };

/** A run of jest on a busy machine. */
const COMMAND_LIMIT_MS = 150_000;

/** `ts` is a new file, `diff` an edit, `sh` commands; `text` right after commands is what the last of them prints. */
export function stepsOf(document: Document): Step[] {
  const steps: Step[] = [];
  for (const block of codeBlocks(document)) {
    const { language, code } = block;
    const last = steps.at(-1);
    if (language === 'ts') steps.push({ is: 'new file', path: fileOf(block), text: code });
    else if (language === 'diff') steps.push({ is: 'edit', path: fileOf(block), hunks: hunksOf(code) });
    else if (language === 'sh') steps.push(...commandsOf(code).map(commandStep));
    else if (language === 'text' && last?.is === 'command' && last.fails) last.prints = code.trimEnd().split('\n');
  }
  return steps;
}

function commandStep({ command, comment }: { command: string; comment: string }): Step {
  return { is: 'command', command, fails: comment === 'fails', prints: [] };
}

function fileOf({ caption, code }: CodeBlock): string {
  const [, path] = /^`([^`]+)`$/.exec(caption) ?? [];
  if (path === undefined) throw new Error(`the line above this block names no file:\n${code}`);
  return path;
}

/** A diff without line numbers, which nobody would keep right. */
function hunksOf(diff: string): Hunk[] {
  return diff
    .trimEnd()
    .split(/\n@@.*\n/)
    .map((hunk) => {
      const lines = hunk.split('\n');
      const wrong = lines.find((line) => !/^([ +-]|$)/.test(line));
      if (wrong !== undefined) throw new Error(`begins with neither a blank nor + nor -: ${wrong}`);
      const without = (sign: string) => lines.filter((line) => !line.startsWith(sign)).map((line) => line.slice(1));
      return { before: without('+'), after: without('-') };
    });
}

/** What is to be there must be there, and once: else nobody knows what to change. */
function applyHunk(path: string, lines: string[], { before, after }: Hunk): string[] {
  const places = lines.flatMap((_, at) => (before.every((line, i) => lines[at + i] === line) ? [at] : []));
  const [place = 0] = places;
  if (places.length !== 1) throw new Error(`${path} has this ${places.length} times, not once:\n${before.join('\n')}`);
  return lines.toSpliced(place, before.length, ...after);
}

/** Does in a copy of the tree what the step says, or throws an Error that says why it cannot be done. */
export async function take(step: Step, copy: TreeCopy): Promise<void> {
  switch (step.is) {
    case 'new file':
      return writeFile(join(copy.directory, step.path), step.text, { flag: 'wx' });
    case 'edit': {
      const path = join(copy.directory, step.path);
      const lines = (await readFile(path, 'utf8')).split('\n');
      const edited = step.hunks.reduce((text, hunk) => applyHunk(step.path, text, hunk), lines);
      return writeFile(path, edited.join('\n'));
    }
    case 'command': {
      const { status, output } = await run(step.command, copy.directory);
      const missing = step.prints.filter((line) => !patternOf(line).test(output));
      if ((status !== 0) === step.fails && missing.length === 0) return;
      throw new Error(`${step.command} ended with ${status}, without ${JSON.stringify(missing)}:\n${output}`);
    }
    default:
      return step satisfies never;
  }
}

function patternOf(line: string): RegExp {
  return new RegExp(line.split('…').map(RegExp.escape).join('.*'));
}

/** `npm test -- <files>` on the servers that run; what else npm runs as it is. */
async function run(command: string, cwd: string): Promise<{ status: number | null; output: string }> {
  const [program = '', ...args] = command
    .replace(
      /^npm test -- /,
      'node --conditions=@logi/source --experimental-vm-modules --no-warnings node_modules/jest/bin/jest.js --runInBand ',
    )
    .split(/\s+/);
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  closeLater(
    () => child.exitCode === null && child.signalCode === null && child.pid && process.kill(-child.pid, 'SIGKILL'),
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject).on('close', resolve);
  const status = await within(promise, `${command} to end`, { limitMs: COMMAND_LIMIT_MS, seen: () => output });
  return { status, output };
}
