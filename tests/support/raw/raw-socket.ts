import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { within } from '../../../tools/testing/waiting.ts';
import { closeLater } from '../cleanup.ts';

/** A WebSocket whose frames are made by hand, so that they can be wrong. */
export type RawSocket = {
  write: (bytes: Buffer) => void;
  /** Resolves with the code of the server's close frame, once the line is closed; 1006 when there was none. */
  readonly closed: Promise<number>;
};

export type Frame = {
  opcode: number;
  /** At most 65,535 bytes. */
  payload?: Buffer | string;
  isFinal?: boolean;
  isMasked?: boolean;
  reservedBits?: number;
};

const END_OF_HEAD = '\r\n\r\n';

export function frame({ opcode, payload = '', isFinal = true, isMasked = true, reservedBits = 0 }: Frame): Buffer {
  const content = Buffer.from(payload);
  const first = (isFinal ? 0x80 : 0) | (reservedBits << 4) | opcode;
  const masked = isMasked ? 0x80 : 0;
  const length = content.length < 126 ? Buffer.from([masked | content.length]) : Buffer.alloc(3, masked | 126);
  if (content.length >= 126) length.writeUInt16BE(content.length, 1);
  const mask = isMasked ? randomBytes(4) : Buffer.alloc(0);
  const body = isMasked ? content.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : content;
  return Buffer.concat([Buffer.from([first]), length, mask, body]);
}

/** Resolves once the server has upgraded the connection. */
export async function openRawSocket(url: string): Promise<RawSocket> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  closeLater(() => socket.destroy());
  socket.on('error', () => undefined); // what is written after the server has cut the line
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nhost: logi\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
      `sec-websocket-version: 13\r\nsec-websocket-key: ${key}${END_OF_HEAD}`,
  );
  let received = Buffer.alloc(0);
  const headEnd = () => received.indexOf(END_OF_HEAD);
  const closed = new Promise<number>((resolve) => {
    socket.on('close', () => resolve(closeCode(received.subarray(headEnd() + END_OF_HEAD.length))));
  });
  const answered = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (headEnd() !== -1) resolve();
    });
    socket.on('close', () => reject(new Error('closed before the upgrade')));
  });
  await within(answered, `the upgrade of ${url}`, { seen: () => received.toString('latin1') });
  const head = received.subarray(0, headEnd()).toString('latin1');
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`not upgraded: ${head}`);
  const frames = () => received.subarray(headEnd() + END_OF_HEAD.length).toString('latin1');
  return {
    write: (bytes) => socket.write(bytes),
    get closed() {
      return within(closed, 'the server to close', { seen: frames });
    },
  };
}

/** Looks through the server's frames, none of which is masked, for one that closes. */
function closeCode(bytes: Buffer): number {
  for (let at = 0; at + 4 <= bytes.length; ) {
    const opcode = bytes.readUInt8(at) & 0x0f;
    const short = bytes.readUInt8(at + 1) & 0x7f;
    const header = short === 126 ? 4 : 2;
    if (opcode === 8 && short >= 2) return bytes.readUInt16BE(at + header);
    at += header + (short === 126 ? bytes.readUInt16BE(at + 2) : short);
  }
  return 1006;
}
