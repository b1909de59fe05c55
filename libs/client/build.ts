import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InputOption } from 'rolldown';

/*
 * `npm run build -w @logi/client`: what is installed, under `dist`. The code is bundled and made small, with source maps
 * that have the source; the types are as the compiler writes them. Apps and bundlers take the entries of package.json,
 * which share what they have in common; `browser.js` has all of them in one file, for a page's own script. Another
 * folder may be named, in place of `dist`.
 */

/** The oldest that is tested: Node 20, and browsers of 2022. */
const TARGET = 'es2022';
const ONE_FILE = 'browser';

const out = resolve(process.argv[2] ?? fileURLToPath(new URL('dist', import.meta.url)));
process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync(out, { recursive: true, force: true });
const entries = globSync('src/*.ts').map((path) => path.slice('src/'.length, -'.ts'.length));
await bundle(Object.fromEntries(entries.filter((name) => name !== ONE_FILE).map((name) => [name, `src/${name}.ts`])));
await bundle({ [ONE_FILE]: `src/${ONE_FILE}.ts` });
declare();

async function bundle(input: InputOption): Promise<void> {
  await build({
    input,
    platform: 'neutral',
    external: /^node:/,
    transform: { target: TARGET },
    output: { dir: out, chunkFileNames: '[name].js', minify: true, sourcemap: true },
  });
}

function declare(): void {
  const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(out, 'types')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the types could not be written');
  // They name the sources that they were made of; whoever installs them has the files that came of those.
  for (const file of globSync(join(out, 'types/**/*.d.ts'))) {
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(from '[^']+)\.ts'/g, "$1.js'"));
  }
}
