import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { closeLater } from '../support/cleanup.ts';

/* What `npm pack` makes of libs/client, in an empty project: nothing of this tree is in reach but what the project installs. */

const run = promisify(execFile);
const MAX_INDEX_BYTES = 5_000;
const MAX_ALL_BYTES = 10_000;

let project: string;
let installed: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'logi-project-'));
  closeLater(() => rm(project, { recursive: true, force: true }));
  const packed = await run('npm', ['pack', '-w', '@logi/client', '--pack-destination', project, '--json']);
  const [{ filename }] = z
    .tuple([z.object({ filename: z.string() })])
    .parse(JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[\n'))));
  installed = join(project, 'node_modules/@logi/client');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components=1']);
  await writeFile(join(project, 'package.json'), '{ "type": "module", "private": true }');
}, 120_000);

/** What the project has besides: packages of this tree, as they are installed here. */
async function need(...names: string[]): Promise<void> {
  for (const name of names) {
    const place = join(project, 'node_modules', name);
    await symlink(resolve('node_modules', name), place).catch(() => undefined); // by an earlier test
  }
}

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(project, name), text);
  return join(project, name);
}

/** Stays until it has read an event. */
const CONNECT = `
  const seen = [];
  const client = new LogiClient({
    url: process.argv[2],
    getToken: () => 'token',
    onState: (state) => seen.push(state),
    ...options,
  });
  for await (const { type } of client) {
    seen.push(type);
    if (type === 'status_update') client.close();
  }
  console.log(seen.join(' '));`;
const CONNECTED = 'connecting open hello status_update closed\n';

/** The address of a server that greets, and tells of one event. */
async function startServer(): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'logi.v2' });
  server.on('connection', (ws) => {
    ws.send(JSON.stringify({ type: 'hello', payload: { heartbeat_ms: 25_000 } }));
    ws.send(JSON.stringify({ type: 'status_update', payload: { version: 1 }, id: '1' }));
  });
  closeLater(() => server.close());
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`; // it listens on a port
}

test('a program for Node 24 installs it and runs', async () => {
  const file = await write('node24.js', `import { LogiClient } from '@logi/client'; const options = {};${CONNECT}`);
  const { stdout } = await run(process.execPath, [file, await startServer()]);
  expect(stdout).toBe(CONNECTED);
});

/** The oldest that is served; the machine's own may be one. */
function findNode20(): string | undefined {
  const candidates = ['/usr/bin/node', '/usr/local/bin/node'];
  return candidates.find((path) => spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.startsWith('v20.'));
}
const node20 = findNode20();
const onNode20 = node20 === undefined ? test.skip : test;

onNode20('a program for Node 20 gives it a WebSocket, and is told so when it gives none', async () => {
  await need('ws');
  const good = await write(
    'node20.js',
    `import { LogiClient } from '@logi/client'; import { WebSocket } from 'ws'; const options = { WebSocket };${CONNECT}`,
  );
  expect((await run(node20 ?? '', [good, await startServer()])).stdout).toBe(CONNECTED);
  const bad = await write('bare20.js', `import { LogiClient } from '@logi/client'; const options = {};${CONNECT}`);
  await expect(run(node20 ?? '', [bad])).rejects.toThrow(/new LogiClient\(\{ WebSocket \}\)/);
});

test.each([
  ['for browsers', { lib: ['es2023', 'dom'], types: [] }],
  ['for Node', { lib: ['es2023'], types: ['node'] }],
])('a strict program %s compiles, and knows each message', async (_, options) => {
  await need('ws', '@types');
  const file = await write(
    'app.ts',
    `import { LogiClient, LogiError, type Message, type BookingStatus } from '@logi/client';
${options.types.length > 0 ? "import { WebSocket } from 'ws';" : ''}
const client = new LogiClient({
  url: 'ws://logi/ws',
  getToken: async () => null,
  WebSocket,
  onError: (error, { willRetry }) => willRetry || (error instanceof LogiError && error.code === 4409),
});
client.on('driver_location', ({ payload }) => payload.latitude.toFixed());
client.on('status_update', ({ payload }): BookingStatus => payload.status);
client.on('*', (message: Message) => message.type === 'hello' && message.payload.heartbeat_ms);
// @ts-expect-error there is no such type
client.on('driver_places', () => undefined);
// @ts-expect-error a place has no status
client.on('driver_location', ({ payload }) => payload.status);
for await (const { type, payload } of client) if (type === 'booking_accepted') payload.driver_id.trim();
`,
  );
  const config = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2023',
      skipLibCheck: options.types.length > 0,
      ...options,
    },
    files: [file],
  };
  await write('tsconfig.json', JSON.stringify(config));
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', project]).catch((err: { stdout: string }) => err);
  expect(stdout).toBe('');
});

test('Vite makes a page of it', async () => {
  await write('index.html', '<script type="module" src="./main.js"></script>');
  await write('main.js', "import { LogiClient } from '@logi/client'; globalThis.client = LogiClient;");
  await run(process.execPath, [resolve('node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], {
    cwd: project,
  });
  const [name = ''] = await readdir(join(project, 'dist/assets'));
  const script = await readFile(join(project, 'dist/assets', name), 'utf8');
  expect(script).toContain('token_expiring');
  expect(script).not.toMatch(/\bimport\b.*from/);
});

const manifest = z.object({
  exports: z.record(z.string(), z.object({ types: z.string(), default: z.string() })),
  dependencies: z.never().optional(),
  private: z.never().optional(),
});

test('it needs nothing, and each of its entries is there with its types and its map', async () => {
  const { exports } = manifest.parse(JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')));
  for (const { types, default: code } of Object.values(exports)) {
    expect((await readFile(join(installed, types), 'utf8')).length).toBeGreaterThan(0);
    expect(await readFile(join(installed, code), 'utf8')).toMatch(/sourceMappingURL=.*\.js\.map\s*$/);
    const map = z
      .object({ sourcesContent: z.array(z.string()) })
      .parse(JSON.parse(await readFile(join(installed, `${code}.map`), 'utf8')));
    expect(map.sourcesContent.length).toBeGreaterThan(0);
  }
});

test('what one entry throws is the LogiError of another', async () => {
  const file = await write(
    'errors.js',
    `import { LogiError } from '@logi/client'; import { DriverActs } from '@logi/client/http';
    const acts = new DriverActs({ url: 'http://127.0.0.1:9', getToken: () => 'token' });
    await acts.close();
    try { acts.do({ act: 'accept', booking_id: 'b' }); } catch (error) { console.log(error instanceof LogiError, error.code); }`,
  );
  expect((await run(process.execPath, [file])).stdout).toBe('true closed\n');
});

/** With all that it imports of its own. */
async function sizeOf(entry: string, seen = new Set<string>()): Promise<number> {
  if (seen.has(entry)) return 0;
  seen.add(entry);
  const code = await readFile(join(installed, 'dist', entry), 'utf8');
  const parts = [...code.matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/g)].map(([, name = '']) => name);
  let bytes = gzipSync(code, { level: 9 }).length;
  for (const part of parts) bytes += await sizeOf(part, seen);
  return bytes;
}

test(`@logi/client is at most ${MAX_INDEX_BYTES} bytes of gzip, and all of it ${MAX_ALL_BYTES}`, async () => {
  expect(await sizeOf('index.js')).toBeLessThanOrEqual(MAX_INDEX_BYTES);
  const entries = ['index.js', 'stores.js', 'http.js'];
  const seen = new Set<string>();
  let all = 0;
  for (const entry of entries) all += await sizeOf(entry, seen);
  expect(all).toBeLessThanOrEqual(MAX_ALL_BYTES);
  expect(await sizeOf('browser.js')).toBeLessThanOrEqual(MAX_ALL_BYTES);
});
