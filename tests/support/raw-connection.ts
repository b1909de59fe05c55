import { connect, type Socket } from 'node:net';

export type RawSocket = { socket: Socket; head: string; closeCode: Promise<number> };

/** A WebSocket connection made by hand, to send what no library would. `closeCode` is 1006 when no close frame came. */
export async function openRaw(url: string, headers: Record<string, string> = {}): Promise<RawSocket> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let received = Buffer.alloc(0);
  let isUpgraded = false;
  const upgraded = new Promise<string>((resolve) => {
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (isUpgraded || end === -1) return;
      isUpgraded = true;
      resolve(received.subarray(0, end).toString());
      received = received.subarray(end + 4);
    });
  });
  const closeCode = new Promise<number>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(findCloseCode(received)));
  });
  const fields = {
    host: `${hostname}:${port}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  return { socket, head: await upgraded, closeCode };
}

type FrameOptions = { opcode: number; isFinal?: boolean; isMasked?: boolean };

/** A frame of at most 65,535 bytes; the mask is zero, so the payload is readable as it is. */
export function frame(payload: Buffer | string, { opcode, isFinal = true, isMasked = true }: FrameOptions): Buffer {
  const body = Buffer.from(payload);
  const first = (isFinal ? 0x80 : 0) | opcode;
  const mask = isMasked ? 0x80 : 0;
  const header =
    body.length < 126 ? [first, mask | body.length] : [first, mask | 126, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from(header), Buffer.alloc(isMasked ? 4 : 0), body]);
}

function findCloseCode(bytes: Buffer): number {
  let at = 0;
  while (at + 4 <= bytes.length) {
    const opcode = bytes.readUInt8(at) & 0x0f;
    const short = bytes.readUInt8(at + 1) & 0x7f;
    const header = short === 126 ? 4 : 2;
    if (opcode === 8) return bytes.readUInt16BE(at + header);
    at += header + (short === 126 ? bytes.readUInt16BE(at + 2) : short);
  }
  return 1006;
}
