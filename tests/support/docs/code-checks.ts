import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  clientFrame,
  controlPayloads,
  ERROR_CODES,
  locationUpdate,
  messagePayloads,
  parseEvent,
  parseJson,
  pointsAck,
  v2Payloads,
} from '@logi/contracts';
import { z } from 'zod';
import { closeLater } from '../cleanup.ts';
import { openSql } from '../database.ts';
import { createTestServers } from '../servers.ts';
import { commandsOf } from './documents.ts';

/** What is wrong with a block of code, or nothing. Each language has its own check. */
export type Problem = string | undefined;

/** Scripts that nothing harmless can come of, with what shows that they do what the documents say. */
const NOT_RUN: Record<string, string> = {
  start: 'goes on until Ctrl-C; the README is run by a test of its own',
  dev: 'the same',
  servers: 'the same',
  examples: 'the same; tests/system/guides.test.ts tries its pages',
  test: 'a run within a run',
  'test:unit': 'a run within a run',
  'test:long': 'a run within a run',
  typecheck: 'a part of `npm test`, which begins with it',
  rooms: 'the same',
  lint: 'the same',
  format: 'changes files; the linter, a part of `npm test`, says whether it would',
  docs: 'changes files; tests/system/reference.test.ts says whether it would',
  mutants: 'takes an hour; tools/mutants/mutants.test.ts sees that each of them still applies',
  bench: 'takes minutes, and the machine for itself',
  chaos: 'takes minutes; tests/system/chaos.test.ts runs a short one',
  dlq: 'decides about what the running stack has; tests/events/dead-letters.test.ts runs it',
  logi: 'asks the running stack; only that what is asked for exists is seen here',
};
/** These tell what they take when they are asked for help, and do nothing else. */
const HELPFUL = new Set(['chaos', 'dlq', 'logi', 'start']);
const BENCHES = ['booking', 'tracking', 'gateway', 'compare', 'plot'];

/** Of the root's package.json. */
export const SCRIPTS = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8'))).scripts;

/** Shell: it parses, each command is one of npm's that exists and takes what is given to it, and does no harm or is run. */
export function checkShell(code: string): Problem {
  const syntax = spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' });
  if (syntax.status !== 0) return syntax.stderr;
  const problems = commandsOf(code).flatMap(({ command }) => checkCommand(command) ?? []);
  return problems.length === 0 ? undefined : problems.join('\n');
}

function checkCommand(command: string): Problem {
  const [, short, long, given] =
    /^npm (?:(start|test)|run (?:-s )?([\w:-]+))(?: -- (.+?))?(?: > \S+)?$/.exec(command) ?? [];
  const script = short ?? long;
  if (script === undefined) return `${command}: nobody here knows this command`;
  if (!Object.hasOwn(SCRIPTS, script)) return `${command}: package.json has no script ${script}`;
  const unknown = given === undefined ? undefined : checkArguments(script, given.split(/\s+/));
  if (unknown !== undefined) return `${command}: ${unknown}`;
  if (Object.hasOwn(NOT_RUN, script)) return undefined;
  const { status, stdout, stderr } = spawnSync('npm', command.split(/\s+/).slice(1), { encoding: 'utf8' });
  return status === 0 ? undefined : `${command} ended with ${status}:\n${stdout}${stderr}`;
}

function checkArguments(script: string, given: string[]): Problem {
  const words = given.filter((word, index) => word.startsWith('-') || !given[index - 1]?.startsWith('-'));
  const isKnown = knowerOf(script, words);
  const unknown = words.filter((word) => !isKnown(word));
  return unknown.length === 0 ? undefined : `${script} does not know ${unknown.join(', ')}`;
}

/** What tells the words that a script takes from others. */
function knowerOf(script: string, words: string[]): (word: string) => boolean {
  const [options, others] = [
    words.filter((word) => word.startsWith('-')),
    words.filter((word) => !word.startsWith('-')),
  ];
  if (script === 'bench') return (word) => BENCHES.includes(word) || others[others.indexOf(word) - 1] === 'compare';
  if (script === 'test') {
    const known = options.length === 0 ? undefined : helpOf('node_modules/jest/bin/jest.js');
    return (word) => known?.has(word) || existsSync(word);
  }
  if (!HELPFUL.has(script)) return () => false;
  const [, program = ''] = /node (.*)/.exec(SCRIPTS[script] ?? '') ?? [];
  const known = helpOf(...program.split(' '), ...others);
  const sub = known.has('sub') ? others.at(-1) : undefined; // somebody's id is no word of the program
  return (word) => word === '--help' || word === sub || known.has(word);
}

const helps = new Map<string, Set<string>>();

/** The words that a program says when it is asked for help. */
function helpOf(...command: string[]): Set<string> {
  const known = helps.get(command.join(' '));
  if (known) return known;
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', ...command, '--help'], { encoding: 'utf8' });
  const words = new Set((stdout + stderr).split(/[\s,|<>[\]=:;]+/));
  helps.set(command.join(' '), words);
  return words;
}

const known = z.union([
  ...Object.entries(messagePayloads).map(([type, payload]) =>
    z.strictObject({ user_id: z.string(), type: z.literal(type), payload }),
  ),
  ...Object.entries({ ...v2Payloads, ...controlPayloads }).map(([type, payload]) =>
    z.strictObject({
      user_id: z.string(),
      type: z.literal(type),
      payload: payload.strict(),
      id: z.string().optional(),
      at: z.iso.datetime(),
    }),
  ),
  clientFrame,
  locationUpdate.strict(),
  pointsAck.strict(),
  z.strictObject({
    error: z.strictObject({
      code: z.literal(Object.keys(ERROR_CODES)),
      message: z.string(),
      details: z.looseObject({}).optional(),
    }),
  }),
]);

/** JSON: one of the shapes that cross a border, as the contracts have them. */
export function checkJson(code: string): Problem {
  const value = parseJson(code);
  if (value === undefined) return 'it is no JSON';
  if (known.safeParse(value).success) return undefined;
  try {
    parseEvent(value);
    return undefined;
  } catch (err) {
    return `neither a message, nor a frame, nor an error; and ${err instanceof Error ? err.message : err}`;
  }
}

/** SQL: it runs in a database as `migrate` makes it; what it does is undone. */
export async function checkSql(code: string): Promise<Problem> {
  const servers = await createTestServers();
  const { sql, close } = await openSql(servers.databaseUrl);
  try {
    await sql(`begin; ${code}; rollback`);
    return undefined;
  } catch (err) {
    return String(err);
  } finally {
    await close();
    await servers.discard();
  }
}

/** JavaScript, a part of an app that is not ours: it parses. */
export function checkJavaScript(code: string): Problem {
  const { status, stderr } = spawnSync(process.execPath, ['--check', makeProject(code, 'example.mjs').file], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr;
}

/** TypeScript: it compiles in a project of its own. */
export function checkTypeScript(code: string): Problem {
  const { directory } = makeProject(code);
  const config = { extends: resolve('tsconfig.json'), include: ['.'] };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', directory], { cwd: directory, encoding: 'utf8' });
  return status === 0 ? undefined : stdout;
}

/** A project with our packages and one file, until the test is over. */
export function makeProject(code: string, name = 'example.ts'): { directory: string; file: string } {
  const directory = mkdtempSync(join(tmpdir(), 'logi-example-'));
  closeLater(() => rmSync(directory, { recursive: true }));
  const file = join(directory, name);
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(file, code);
  return { directory, file };
}
