import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type OutputOptions } from 'rolldown';

/*
 * `npm run build -w @logi/client`: what is installed, under `dist`. The code is bundled and made small, with source maps
 * that have the source; the types are as the compiler writes them. Apps and bundlers take the entries of package.json;
 * `browser.js` has all of them in one file, for a page's own script. Another folder may be named, in place of `dist`.
 */

/** The oldest that is tested: Node 20, and browsers of 2022. */
const TARGET = 'es2022';

/**
 * What the parts of the main entry call each other by, and no app sees: written with a letter each there. Names of options, of
 * the wire and of the platform are none of these.
 */
const INNER_NAMES = [
  ...['say', 'ask', 'hold', 'renew', 'comeBack', 'askForToken', 'heldToken', 'session', 'protocols', 'query', 'ping'],
  ...['onSocket', 'onMessage', 'onTick', 'isForgiven', 'sinceMs', 'heartbeatMs', 'timer', 'isReplaced', 'ws'],
  ...['heard', 'asked', 'look', 'atMs', 'patienceMs', 'isOverdue', 'broke', 'rest', 'isResting', 'nextMs'],
  ...['listen', 'iterate', 'tell', 'begin', 'onDropped', 'onReturn', 'isEmpty', 'take'],
  ...['settle', 'thin', 'saved', 'oldestFirst', 'onStoreError', 'isFinal', 'afterMs'],
];

const SMALLEST: Exclude<OutputOptions['minify'], undefined> = {
  compress: true,
  mangle: true,
  codegen: { removeWhitespace: true },
  mangleProps: { include: new RegExp(`^(${INNER_NAMES.join('|')})$`) },
};
const MAIN = './index.js';

const out = resolve(process.argv[2] ?? fileURLToPath(new URL('dist', import.meta.url)));
process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync(out, { recursive: true, force: true });
for (const path of globSync('src/*.ts')) await bundle(path);
declare();

/**
 * Each entry is one file, also where two have something in common: compressed apart, a part of its own would cost more than
 * it saves. Only the class of errors has to be the same one in all of them.
 */
async function bundle(path: string): Promise<void> {
  const takesErrors = !path.endsWith('index.ts') && !path.endsWith('browser.ts');
  await build({
    input: path,
    platform: 'neutral',
    external: (id) => id.startsWith('node:') || id === MAIN,
    plugins: takesErrors ? [{ name: 'errors', resolveId: (id) => (id.endsWith('/logi-error.ts') ? MAIN : null) }] : [],
    transform: { target: TARGET },
    output: { dir: out, comments: false, sourcemap: true, minify: path.endsWith('index.ts') ? SMALLEST : true },
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
