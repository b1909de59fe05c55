import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { importsOf } from '../../tools/rooms/imports.ts';

/*
 * Whether the image that Compose builds has all that its containers run: files that .dockerignore lets through, and packages
 * that are installed there. Where there is no Docker, nothing else would tell.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = [...globSync('services/*/src/main.ts'), 'tools/migrate.ts', 'tools/logi/main.ts'];

test('the image has every file and every package that its programs import', async () => {
  const lines = readFileSync('.dockerignore', 'utf8').split('\n');
  const folders = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
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

/** What is installed without the packages of the workshop. */
function installedFor(file: string): Set<string> {
  const own = /^(libs|services)\/[^/]+/.exec(file)?.[0] ?? '.';
  const { dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
  return new Set(Object.keys(dependencies ?? {}));
}

function packageOf(name: string): string {
  return name.startsWith('@') ? name.split('/', 2).join('/') : name.replace(/\/.*/, '');
}
