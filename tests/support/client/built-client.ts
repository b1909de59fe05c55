import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { closeLater } from '../cleanup.ts';

const run = promisify(execFile);

/** The package's `dist`, built for this test file. */
export async function buildClient(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'logi-client-'));
  closeLater(() => rm(directory, { recursive: true, force: true }));
  const dist = join(directory, 'dist');
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  await run(process.execPath, ['--no-warnings', 'libs/client/build.ts', dist]);
  return dist;
}

/** The address of an empty page of an origin of its own, which has the whole package as `window.logi`. */
export async function servePage(dist: string): Promise<string> {
  const page = `<!doctype html><meta charset="utf-8"><title>Logi</title>
    <script type="module">import * as logi from './browser.js'; window.logi = logi;</script>`;
  const server = createServer(async (request, response) => {
    const file = basename(new URL(request.url ?? '/', 'http://page').pathname);
    const script = file.endsWith('.js') ? await readFile(join(dist, file)) : undefined;
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ?? page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the page is not served');
  return `http://127.0.0.1:${address.port}/`;
}
