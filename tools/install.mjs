import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Runs before `npm start`, `npm test`, …, on whatever Node the machine has and with nothing installed: installs the npm
 * packages, among them the Node that the scripts themselves run on. Everything goes to standard error, because
 * `npm run -s token` must print a token and nothing else.
 */

const NEEDED_NODE = 24;
const LOCK_POLL_MS = 200;
const LOCK = '.logi/install.lock';
const PACKAGED_NODE = 'node_modules/.bin/node';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
try {
  if (!isInstalled()) installOnce();
  checkNode();
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode = 1;
}

function isInstalled() {
  const written = statSync('node_modules/.package-lock.json', { throwIfNoEntry: false });
  return written !== undefined && written.mtimeMs >= statSync('package-lock.json').mtimeMs;
}

/** Two scripts may be started at once: the second waits, and then has nothing to do. */
function installOnce() {
  mkdirSync('.logi', { recursive: true });
  while (!tryLock()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  try {
    if (!isInstalled()) install();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function install() {
  process.stderr.write('installing npm packages…\n');
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm ? [process.execPath, npm] : ['npm'];
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  const why = error ? error.message : `status ${status}`;
  throw new Error(`npm ci failed (${why}): see above; is the npm registry in reach? Then run this again.`);
}

function tryLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (err) {
    if (err.code !== 'EEXIST') throw err;
  }
  try {
    process.kill(Number(readFileSync(LOCK, 'utf8')), 0);
  } catch (err) {
    if (err.code === 'ESRCH') rmSync(LOCK, { force: true }); // its owner was killed
  }
  return false;
}

/** npm puts node_modules/.bin first on the PATH, so that is the Node of the script that follows. */
function checkNode() {
  const isPackaged = existsSync(PACKAGED_NODE);
  if (isPackaged && realpathSync(PACKAGED_NODE) === realpathSync(process.execPath)) return;
  const version = isPackaged ? spawnSync(PACKAGED_NODE, ['--version'], { encoding: 'utf8' }).stdout : process.version;
  if (Number(/^v(\d+)/.exec(version ?? '')?.[1]) >= NEEDED_NODE) return;
  throw new Error(
    `Logi runs on Node.js ${NEEDED_NODE} or newer. This is ${process.version}, and npm has none that runs on this system ` +
      `(${process.platform}-${process.arch}): install Node.js ${NEEDED_NODE}, for example from https://nodejs.org`,
  );
}
