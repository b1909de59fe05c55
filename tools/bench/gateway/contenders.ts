import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PROTOCOL_V2 } from '@logi/contracts';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { LISTENING } from './peer-settings.ts';

/** A message as a benchmark's client sees it. */
export type Received = { type: string; id?: string; payload: { booking_id?: string; latitude?: number } };
export type BenchClient = { drop: () => void };
export type ConnectOptions = {
  port: number;
  token: string;
  /** Our protocol with ids, for clients that come back. */
  lastId?: string;
  isV2?: boolean;
  onMessage: (message: Received) => void;
};

export type Contender = {
  name: string;
  /** A file: absolute, or beside this one. */
  program: string;
  /** Asked until it answers 200, where a server can say that it is ready. */
  readyPath?: string;
  connect: (options: ConnectOptions) => Promise<BenchClient>;
};

export const OURS: Contender = {
  name: 'our gateway',
  program: '../../../services/gateway/src/main.ts',
  readyPath: '/readyz',
  connect: connectWebSocket,
};
export const PLAIN: Contender = { name: 'plain loop', program: 'plain-server.ts', connect: connectWebSocket };
export const SOCKET_IO: Contender = {
  name: 'Socket.IO',
  program: 'socket-io-server.ts',
  connect: async ({ port, token, onMessage }) => {
    const socket = io(`http://127.0.0.1:${port}`, {
      transports: ['websocket'],
      query: { token },
      forceNew: true,
      reconnection: false,
    });
    socket.onAny((_type, envelope: Received) => onMessage(envelope));
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', resolve);
      socket.on('connect_error', reject);
    });
    return { drop: () => socket.disconnect() };
  },
};

async function connectWebSocket({ port, token, lastId, isV2, onMessage }: ConnectOptions): Promise<BenchClient> {
  const place = lastId === undefined ? '' : `&last_id=${lastId}`;
  const protocols = isV2 ? [PROTOCOL_V2] : [];
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws?token=${token}${place}`, protocols, { perMessageDeflate: false });
  ws.on('message', (data) => onMessage(JSON.parse(data.toString())));
  await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
  ws.on('error', () => undefined);
  return { drop: () => ws.terminate() };
}

export type RunningServer = { pid: number; port: number; stop: () => Promise<void> };

/** Starts a contender in a process of its own, whose processor time and memory can be read. */
export async function startContender(
  { program, readyPath }: Contender,
  env: Record<string, string>,
): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(process.execPath, [resolve(import.meta.dirname, program)], {
    env: { ...env, GATEWAY_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (/listening|gateway listens/.test(chunk.toString())) resolve();
    });
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code} before "${LISTENING}"`)));
  });
  // Ours reads the recent messages first, and after a few rounds those are many.
  while (readyPath && !(await fetch(`http://127.0.0.1:${port}${readyPath}`)).ok) await setTimeout(50);
  return {
    pid: child.pid ?? 0,
    port,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Below the range from which the kernel takes the ports of outgoing connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(probe, 'listening').then(() => true),
      once(probe, 'error').then(() => false),
    ]);
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
