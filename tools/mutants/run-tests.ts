import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export type NamedTest = { file: string; test: string };
/** `failed` by an assertion or a wait in vain, `broken` by anything else, `missing` where no test has this name. */
export type Verdict = { end: 'passed' | 'failed' | 'broken' | 'missing'; message: string };

type Context = { env: Record<string, string>; interrupted: AbortSignal };

const ASSERTION = /expect\(|waited [\d.]+ s for|closed with \d+ before|Exceeded timeout/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what jest colours its messages with
const COLOURS = /\u001b\[\d+m/g;

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

/** Runs named tests, and no others, in a tree. */
export async function runTests(directory: string, tests: NamedTest[], context: Context): Promise<Verdict[]> {
  const reportFile = join(directory, 'mutant-report.json');
  const names = [...new Set(tests.map(({ test }) => escapeRegExp(test)))];
  const files = [...new Set(tests.map(({ file }) => file))];
  const jest = [
    '--conditions=@logi/source',
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
  ];
  const options = [
    '--json',
    `--outputFile=${reportFile}`,
    '--runInBand',
    '--forceExit',
    '-t',
    `^(${names.join('|')})$`,
  ];
  await rm(reportFile, { force: true }); // or a run that writes none would be judged by the one before
  await run(directory, [...jest, ...options, ...files], context);
  const { testResults } = report.parse(JSON.parse(await readFile(reportFile, 'utf8')));
  return tests.map(({ file, test }) => {
    const suite = testResults.find(({ name }) => name.endsWith(`/${file}`));
    const result = suite?.assertionResults.find(({ fullName }) => fullName === test);
    if (!result) return { end: suite?.message ? 'broken' : 'missing', message: suite?.message ?? '' };
    if (result.status === 'passed') return { end: 'passed', message: '' };
    const message = result.failureMessages.join('\n').replaceAll(COLOURS, '');
    return { end: result.status === 'failed' && ASSERTION.test(message) ? 'failed' : 'broken', message };
  });
}

function run(cwd: string, command: string[], { env, interrupted }: Context): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { cwd, env: { ...process.env, ...env }, stdio: 'ignore' });
    child.on('error', reject);
    child.on('exit', () => (interrupted.aborted ? reject(interrupted.reason) : resolve()));
    interrupted.addEventListener('abort', () => child.kill(), { once: true });
  });
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
