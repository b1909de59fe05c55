import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whenInterrupted } from './stack/processes/interrupt.ts';
import { type Servers, startServers } from './stack/servers/servers.ts';
import { makeTemplate } from './testing/template.ts';

/*
 * `npm test`: type check, lint, then every test on real servers. `npm test -- <file or option>` gives its arguments to
 * jest and leaves the checks out. The last line is `N passed, N failed`.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const jestArguments = process.argv.slice(2);

const interrupted = whenInterrupted();
let passed = 0;
let failed = 0;
try {
  await checkAndTest();
  say(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (err) {
  if (!interrupted.aborted) throw err;
  say(String(interrupted.reason.message));
  process.exitCode = 1;
}

async function checkAndTest(): Promise<void> {
  if (jestArguments.length === 0) {
    await check('type check', ['node_modules/typescript/bin/tsc']);
    await check('rooms', ['tools/rooms/main.ts']);
    await check('lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']);
  }
  const servers = await startServers({ kind: 'auto', onProgress: say, signal: interrupted });
  try {
    await makeTemplate(servers.databaseUrl);
    await runJest(servers);
  } finally {
    await servers.stop();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function check(name: string, command: string[]): Promise<void> {
  const isGood = (await run(command)) === 0;
  say(`${name}: ${isGood ? 'good' : 'FAILED'}`);
  if (isGood) passed += 1;
  else failed += 1;
}

async function runJest({ databaseUrl, amqpUrl, managementUrl }: Servers): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'logi-test-'));
  const report = join(directory, 'report.json');
  const command = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  await run([...command, '--json', `--outputFile=${report}`, ...jestArguments], {
    LOGI_TEST_SERVERS: JSON.stringify({ databaseUrl, amqpUrl, managementUrl }),
  });
  // A run that wrote no report, for example for want of memory, is a failure and not zero tests.
  const text = await readFile(report, 'utf8').catch(() => '{"numFailedTests":1}');
  await rm(directory, { recursive: true });
  const { numPassedTests = 0, numFailedTests = 0, numRuntimeErrorTestSuites = 0 } = JSON.parse(text);
  passed += numPassedTests;
  failed += numFailedTests + numRuntimeErrorTestSuites;
}

/** Runs a program of this tree with this Node; its output is ours. */
function run(command: string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    // jest prints its report to standard error and, with --json, the same as JSON to standard output.
    const child = spawn(process.execPath, command, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', command.includes('--json') ? 'ignore' : 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) => (interrupted.aborted ? reject(interrupted.reason) : resolve(code ?? 1)));
    // A Ctrl-C has reached it already; whoever ends us by our id means it, too.
    interrupted.addEventListener('abort', () => child.kill(), { once: true });
  });
}
