import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { canInstall, findProgram, installMissing } from '../../stack/servers/packages.ts';
import { within } from '../waiting.ts';

/*
 * Chromium by its own protocol. Playwright keeps every page in sight and awake, and what a hidden or frozen page does is
 * what is to be seen here.
 */

/** Whether there is a Chromium, or can be: Debian's, installed like the servers. */
export const HAS_CHROMIUM = canInstall(['chromium']);

/** Software rendering, and no word to anybody outside. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

export type Tab = {
  /** Runs JavaScript in the page; what it gives, or the promise it gives, as JSON. */
  run(code: string): Promise<unknown>;
  /** Another tab comes in front of it. */
  hide(): Promise<void>;
  show(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  setOffline(isOffline: boolean): Promise<void>;
};

export type Chromium = { openTab(url: string): Promise<Tab>; close(): Promise<void> };

/** Headless, with an empty profile of its own. */
export async function startChromium(flags: readonly string[] = []): Promise<Chromium> {
  await installMissing(['chromium'], () => undefined);
  const profile = await mkdtemp(join(tmpdir(), 'logi-chromium-'));
  const args = [...CHROMIUM_FLAGS, '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...flags, 'about:blank'];
  const child = spawn(findProgram('chromium') ?? 'chromium', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  const address = new Promise<string>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said.push(text);
      const [found] = /ws:\/\/\S+/.exec(said.join('')) ?? [];
      if (found) resolve(found);
    });
  });
  const ended = once(child, 'close');
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const devtools = await openDevtools(await within(address, 'Chromium to start', { seen: () => said.join('') }));
    return {
      openTab: (url) => openTab(devtools, url),
      async close() {
        devtools.close();
        await end();
      },
    };
  } catch (err) {
    await end();
    throw err;
  }
}

type Devtools = {
  send(method: string, params?: object, sessionId?: string): Promise<unknown>;
  close(): void;
};

const answer = z.object({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

async function openDevtools(url: string): Promise<Devtools> {
  const ws = new WebSocket(url);
  await once(ws, 'open');
  let count = 0;
  const waiting = new Map<number, (answered: z.infer<typeof answer>) => void>();
  ws.on('message', (data) => {
    const message = answer.parse(JSON.parse(String(data)));
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  return {
    async send(method, params = {}, sessionId) {
      count += 1;
      const id = count;
      const answered = new Promise<z.infer<typeof answer>>((resolve) => waiting.set(id, resolve));
      ws.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
      const { result, error } = await answered;
      waiting.delete(id);
      if (error) throw new Error(`${method}: ${error.message}`);
      return result;
    },
    close: () => ws.terminate(),
  };
}

const target = z.object({ targetId: z.string() });
const attached = z.object({ sessionId: z.string() });
const evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z.object({ exception: z.object({ description: z.string().optional() }).optional() }).optional(),
});

async function openTab(devtools: Devtools, url: string): Promise<Tab> {
  const { targetId } = target.parse(await devtools.send('Target.createTarget', { url }));
  const { sessionId } = attached.parse(await devtools.send('Target.attachToTarget', { targetId, flatten: true }));
  const send = (method: string, params = {}) => devtools.send(method, params, sessionId);
  await send('Page.enable');
  await send('Network.enable');
  const become = (state: 'frozen' | 'active') => send('Page.setWebLifecycleState', { state });
  return {
    async run(code) {
      const options = { expression: code, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = evaluated.parse(await send('Runtime.evaluate', options));
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? `the page threw at ${code}`);
      return result.value;
    },
    async hide() {
      await devtools.send('Target.createTarget', { url: 'about:blank' });
    },
    async show() {
      await devtools.send('Target.activateTarget', { targetId });
    },
    async freeze() {
      await become('frozen');
    },
    async thaw() {
      await become('active');
    },
    async setOffline(offline) {
      await send('Network.emulateNetworkConditions', {
        offline,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: -1,
      });
    },
  };
}
