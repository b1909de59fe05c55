import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { textFrame } from '@logi/service';
import { WebSocket, WebSocketServer } from 'ws';
import { within } from '../../../../tools/testing/waiting.ts';
import { Flusher } from './flusher.ts';
import { Outgoing } from './outgoing.ts';

const MAX_BYTES = 4_096;
const PIECE = textFrame('x'.repeat(MAX_BYTES));

const server = createServer();
const wss = new WebSocketServer({ noServer: true });
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
  for (const ws of wss.clients) ws.terminate();
  await new Promise((resolve) => server.close(resolve));
});

async function connect() {
  const address = server.address();
  const reader = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  const accepted = Promise.withResolvers<{ ws: WebSocket; socket: Duplex }>();
  server.once('upgrade', (request, socket, head) =>
    wss.handleUpgrade(request, socket, head, (ws) => accepted.resolve({ ws, socket })),
  );
  await within(once(reader, 'open'), 'the upgrade');
  return { reader, ...(await accepted.promise) };
}

/** Writes until at least so much stays with the socket, since the kernel takes no more. */
async function fill(socket: Duplex, unsentBytes: number): Promise<void> {
  while (socket.writableLength < unsentBytes) {
    socket.write(PIECE);
    await new Promise(setImmediate);
  }
}

test.each([
  ['little', MAX_BYTES],
  ['much', 100_000],
])(
  'a notice for a reader that is %s behind comes when it reads on, without any other message',
  async (_name, bytes) => {
    const { reader, ws, socket } = await connect();
    const flusher = new Flusher();
    const outgoing = new Outgoing({
      shared: {
        maxEvents: 1,
        maxBytes: MAX_BYTES,
        flusher,
        onSlow: () => ws.terminate(),
        onSent: () => undefined,
        onReplayed: () => undefined,
        onPositionDropped: () => undefined,
      },
      ws,
      socket,
      mode: 'logi.v2',
      types: undefined,
    });
    reader.pause();
    await fill(socket, bytes);
    outgoing.sendControl(textFrame('notice'));
    await new Promise<void>((resolve) => {
      const flush = () => {
        resolve();
        return 0;
      };
      flusher.add({ flush });
    });

    const read: string[] = [];
    const noticed = new Promise<void>((resolve) => {
      reader.on('message', (data) => {
        read.push(String(data));
        if (read.at(-1) === 'notice') resolve();
      });
    });
    reader.resume();
    await within(noticed, 'the notice', { seen: () => read.length });
    expect(read.indexOf('notice')).toBe(read.length - 1);
    reader.close();
    await within(once(reader, 'close'), 'the close');
  },
);
