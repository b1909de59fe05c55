import { spawn } from 'node:child_process';
import { readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { signCode } from '@logi/auth';
import { dataDirectoryOf } from './run-file.ts';

/** What the console is made of; the services run as they are, but a browser wants one file. */
const SOURCES = ['services/operations/app', 'libs/client/src', 'libs/contracts/src', 'package-lock.json'];
const PAGE = 'services/operations/dist/index.html';
const SETTLE_MS = 100;

/** Builds the console where a source is newer than the page. A stack without it is worth having, so a fault is only told. */
export async function buildConsole(root: string, log: (line: string) => void): Promise<void> {
  const built = timeOf(join(root, PAGE));
  if (SOURCES.every((path) => newestIn(join(root, path)) < built)) return;
  log('building the console');
  const fault = await runVite(root);
  if (fault !== undefined) log(`the console cannot be built:\n${fault}`);
}

/** Builds it again whenever a source changes. Returns how to stop that. */
export function watchConsole(root: string, log: (line: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const rebuild = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void buildConsole(root, log), SETTLE_MS);
  };
  const watchers = SOURCES.map((path) => watch(join(root, path), { recursive: true }, rebuild));
  return () => {
    clearTimeout(timer);
    for (const each of watchers) each.close();
  };
}

/** What it says when it fails. */
function runVite(root: string): Promise<string | undefined> {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn', 'services/operations/app'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return new Promise((resolve) => {
    child.once('error', (err) => resolve(err.message));
    child.once('close', (status) => resolve(status === 0 ? undefined : said.trim()));
  });
}

function newestIn(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  const inside = readdirSync(path, { recursive: true, withFileTypes: true });
  return Math.max(
    0,
    ...inside.filter((entry) => entry.isFile()).map(({ parentPath, name }) => timeOf(join(parentPath, name))),
  );
}

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Where the demo leaves the streets of its city while it runs. */
export function streetsFileOf(root: string): string {
  return join(dataDirectoryOf(root), 'streets.geojson');
}

/** Where somebody signs in by a code that is good once. Behind the #, so that no server on the way gets to see it. */
export function consoleLink(operationsUrl: string, { secret, sub }: { secret: string; sub: string }): string {
  return `${operationsUrl}/#code=${signCode({ secret, sub })}`;
}
