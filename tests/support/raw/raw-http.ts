import { connect } from 'node:net';
import { within } from '../../../tools/testing/waiting.ts';

export type RawAnswer = { status: number; head: string; body: string };

/** Sends bytes as they are to the server of a URL and reads until it closes, as no HTTP client would. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const closed = new Promise<void>((resolve, reject) => {
    socket.on('connect', () => socket.write(bytes));
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
  const received = () => Buffer.concat(chunks).toString('utf8');
  try {
    await within(closed, `the server to close after ${bytes.toString('latin1').slice(0, 200)}`, { seen: received });
  } finally {
    socket.destroy();
  }
  const text = received();
  const end = text.indexOf('\r\n\r\n');
  const [head, body] = end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end + 4)];
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body };
}

/** A request with its header lines exactly as given; the server is asked to close after its answer. */
export function rawRequest(line: string, headers: readonly string[] = [], body = ''): string {
  return [`${line} HTTP/1.1`, 'host: logi', 'connection: close', ...headers, '', body].join('\r\n');
}
