import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { whenInterrupted } from './stack/processes/interrupt.ts';
import { startServers } from './stack/servers/servers.ts';
import { bundleServices } from './stack/service-bundles.ts';
import { environmentForTests, findKeptServers } from './testing/test-servers.ts';

/*
 * `npm test`: type check, lint, then tests on real servers, those that take long in their small size. What it is given,
 * files or options, goes to jest: then the checks are left out, and what is named is run whole.
 * `npm run test:unit`: what needs no servers. `npm run test:long`: what `npm test` leaves out.
 * The last line is `N passed, N failed`; jest's own watch mode has the terminal for itself.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const JEST = [
  '--conditions=@logi/source',
  '--experimental-vm-modules',
  '--no-warnings',
  'node_modules/jest/bin/jest.js',
];
const WATCHING = ['--watch', '--watchAll'];
/** Unit tests stand beside their files; the tests of the whole are all in `tests`. */
const UNIT_ROOTS = ['--roots=libs', '--roots=services', '--roots=tools'];
const LONG_IMPORT = "/support/long.ts'";

const report = z.object({
  numPassedTests: z.int().default(0),
  numFailedTests: z.int().default(0),
  numRuntimeErrorTestSuites: z.int().default(0),
  testResults: z
    .array(
      z.object({ name: z.string(), assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) }),
    )
    .default([]),
});

const interrupted = whenInterrupted();
const counts = { passed: 0, failed: 0 };
try {
  await main(process.argv.slice(2));
  say(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
} catch (err) {
  if (!interrupted.aborted) throw err;
  say(String(interrupted.reason.message));
  process.exitCode = 1;
}

async function main([kind, ...rest]: string[]): Promise<void> {
  if (kind === '--unit') return runJest([...rest, ...UNIT_ROOTS]); // jest takes all that follows for roots
  if (kind !== undefined && kind !== '--long') return withServers((env) => runJest([kind, ...rest], env));
  await bundleServices(say); // hundreds of processes of a run are services
  if (kind === '--long')
    return withServers((env) => runJest([...rest, ...longFiles()], { ...env, LOGI_TESTS: 'long' }));
  const checked = checkAll();
  await Promise.all([
    checked,
    withServers(async (env) => {
      await checked;
      await runJest([], { ...env, LOGI_TESTS: 'short' });
    }),
  ]);
}

/** Side by side, and beside the servers that start: the first takes about as long as the others together. */
async function checkAll(): Promise<void> {
  const others = async () => {
    await check('type check of the console', ['node_modules/typescript/bin/tsc', '-p', 'services/operations/app']);
    await check('rooms', ['tools/rooms/main.ts']);
    await check('lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']);
  };
  await Promise.all([check('type check', ['node_modules/typescript/bin/tsc']), others()]);
}

async function withServers(use: (env: Record<string, string>) => Promise<void>): Promise<void> {
  const kept = findKeptServers(ROOT);
  if (kept) {
    say('using the servers that `npm run servers` keeps');
    return use(await environmentForTests(kept));
  }
  const servers = await startServers({ kind: 'auto', onProgress: say, signal: interrupted });
  try {
    await use(await environmentForTests(servers));
  } finally {
    await servers.stop();
  }
}

function longFiles(): string[] {
  const files = globSync('tests/**/*.test.ts', { cwd: ROOT });
  return files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes(LONG_IMPORT));
}

async function check(name: string, command: string[]): Promise<void> {
  const isGood = (await run(command)) === 0;
  say(`${name}: ${isGood ? 'good' : 'FAILED'}`);
  if (isGood) counts.passed += 1;
  else counts.failed += 1;
}

async function runJest(args: string[], env: Record<string, string> = {}): Promise<void> {
  if (args.some((arg) => WATCHING.includes(arg))) {
    const status = await run([...JEST, ...args], { env, isInteractive: true });
    if (status !== 0) counts.failed += 1;
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'logi-test-'));
  const file = join(directory, 'report.json');
  // Most of what the hundreds of processes of a run do is to compile the same code again.
  const cache = { NODE_COMPILE_CACHE: join(directory, 'compiled') };
  await run([...JEST, '--json', `--outputFile=${file}`, ...args], { env: { ...env, ...cache } });
  // A run that wrote no report, for example for want of memory, is a failure and not zero tests.
  const text = await readFile(file, 'utf8').catch(() => '{"numFailedTests":1}');
  await rm(directory, { recursive: true });
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults } = report.parse(JSON.parse(text));
  counts.passed += numPassedTests;
  counts.failed += numFailedTests + numRuntimeErrorTestSuites;
  if (env['LOGI_TESTS'] === 'short') sayWhatIsLeft(testResults);
}

/** Nobody is to take a good run for more than it was. */
function sayWhatIsLeft(results: z.infer<typeof report>['testResults']): void {
  const tests = results.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({ status, text: `${name.replace(ROOT, '')}: ${fullName}` })),
  );
  const left = tests.filter(({ status, text }) => status === 'pending' || text.endsWith(', in short'));
  if (left.length === 0) return;
  say('left to `npm run test:long`:');
  for (const { text } of left) say(`  ${text}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

type RunOptions = { env?: Record<string, string>; isInteractive?: boolean };

/** Runs a program of this tree with this Node; its output is ours. */
function run(command: string[], { env = {}, isInteractive = false }: RunOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    // jest prints its report to standard error and, with --json, the same as JSON to standard output.
    const output = command.includes('--json') ? 'ignore' : 'inherit';
    const child = spawn(process.execPath, command, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: [isInteractive ? 'inherit' : 'ignore', output, 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) => (interrupted.aborted ? reject(interrupted.reason) : resolve(code ?? 1)));
    // A Ctrl-C has reached it already; whoever ends us by our id means it, too.
    interrupted.addEventListener('abort', () => child.kill(), { once: true });
  });
}
