import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { importsOf } from '../../tools/rooms/imports.ts';
import { TreeCopy } from '../../tools/testing/tree-copy.ts';

/*
 * Whether the image that Compose builds has all that its containers run: files that .dockerignore lets through, and packages
 * that are installed there. Where there is no Docker, nothing else would tell.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = [...globSync('services/*/src/main.ts'), 'tools/migrate.ts', 'tools/logi/main.ts'];

test('the image has every file and every package that its programs import', async () => {
  const folders = letThrough();
  const missing: string[] = [];
  const seen = new Set<string>();
  const waiting = [...PROGRAMS];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (!folders.some((folder) => file === folder || file?.startsWith(`${folder}/`))) missing.push(file);
    if (!file.endsWith('.ts')) continue;
    for (const { to, isPackage } of await importsOf(ROOT, file)) {
      if (!isPackage) waiting.push(to);
      else if (!installedFor(file).has(packageOf(to))) missing.push(`${file}: ${to}`);
    }
  }
  expect(missing).toEqual([]);
  expect(seen.size).toBeGreaterThan(100);
});

test('the console and the files of the services are made of what goes into the image', async () => {
  const copy = await TreeCopy.make(ROOT);
  try {
    const kept = [...letThrough(), 'node_modules'];
    for (const path of globSync(['*', '.*', 'tools/*'], { cwd: copy.directory })) {
      const isKept = kept.some((each) => each === path || each.startsWith(`${path}/`));
      if (!isKept) rmSync(join(copy.directory, path), { recursive: true });
    }
    const run = (...args: string[]) => {
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: copy.directory, encoding: 'utf8' });
      return { status, stderr };
    };
    expect(run('node_modules/vite/bin/vite.js', 'build', 'services/operations/app')).toMatchObject({ status: 0 });
    expect(run('tools/prepare.mjs')).toEqual({
      status: 0,
      stderr: 'bundling booking, tracking, gateway, operations\n',
    });
  } finally {
    await copy.discard();
  }
});

/** Files and folders that .dockerignore gives to the engine. */
function letThrough(): string[] {
  const lines = readFileSync('.dockerignore', 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

/** What is installed without the packages of the workshop. */
function installedFor(file: string): Set<string> {
  const own = /^(libs|services)\/[^/]+/.exec(file)?.[0] ?? '.';
  const { dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
  return new Set(Object.keys(dependencies ?? {}));
}

function packageOf(name: string): string {
  return name.startsWith('@') ? name.split('/', 2).join('/') : name.replace(/\/.*/, '');
}
