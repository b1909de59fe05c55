import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** A WebSocket whose frames are made by hand, so that they can be wrong. */
export type RawSocket = {
  write: (bytes: Buffer) => void;
  /** The code of the server's close frame, once the line is closed; 1006 when there was none. */
  closed: Promise<number>;
  destroy: () => void;
};

export type Frame = { opcode: number; payload?: Buffer; isFinal?: boolean; isMasked?: boolean; reservedBits?: number };

export function frame(options: Frame): Buffer {
  const { opcode, payload = Buffer.alloc(0), isFinal = true, isMasked = true, reservedBits = 0 } = options;
  const first = (isFinal ? 0x80 : 0) | (reservedBits << 4) | opcode;
  const masked = isMasked ? 0x80 : 0;
  const length = payload.length < 126 ? Buffer.from([masked | payload.length]) : Buffer.alloc(3, masked | 126);
  if (payload.length >= 126) length.writeUInt16BE(payload.length, 1);
  const mask = isMasked ? randomBytes(4) : Buffer.alloc(0);
  const body = isMasked ? payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : payload;
  return Buffer.concat([Buffer.from([first]), length, mask, body]);
}

export async function openRawSocket(url: string): Promise<RawSocket> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nhost: logi\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
      `sec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`,
  );
  await untilUpgraded(socket);
  let received = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.on('error', () => undefined); // what is written after the server has cut the line
  const closed = new Promise<number>((resolve) => {
    socket.on('close', () => resolve(closeCode(received)));
  });
  return { write: (bytes) => socket.write(bytes), closed, destroy: () => socket.destroy() };
}

async function untilUpgraded(socket: Socket): Promise<void> {
  const head: Buffer = await new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
  });
  if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) throw new Error(`not upgraded: ${head.toString('latin1')}`);
}

/** Looks through the server's frames, which are short and not masked, for one that closes. */
function closeCode(bytes: Buffer): number {
  for (let at = 0; at + 1 < bytes.length; ) {
    const [opcode, length] = [(bytes[at] ?? 0) & 0x0f, (bytes[at + 1] ?? 0) & 0x7f];
    if (opcode === 8 && length >= 2) return bytes.readUInt16BE(at + 2);
    at += 2 + length;
  }
  return 1006;
}
