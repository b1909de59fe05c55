import { type ChildProcess, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { installMissing, SERVER_ENV } from '../../stack/servers/packages.ts';
import { say } from '../suite.ts';

/** Whether Redis is here now. Without it the benchmark goes on without this peer, and says so before it begins. */
export async function installRedis(): Promise<boolean> {
  try {
    await installMissing(['redis'], say);
    return true;
  } catch (err) {
    say(`Redis: left out, ${err instanceof Error ? err.message : err}`);
    return false;
  }
}

/** Debian's redis-server, in memory only, on a port of its own. */
export async function startRedis(port: number): Promise<ChildProcess> {
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', options, { env: SERVER_ENV, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
    server.stdout?.on('data', (data: Buffer) => {
      if (data.toString().includes('Ready to accept connections')) resolve();
    });
  });
  return server;
}

type Reply = string | Reply[];

/** As little of a client as it takes: commands out, strings and arrays of them in. Nothing here slows the peer down. */
export class RedisConnection {
  readonly #socket: Socket;
  #buffer = '';
  readonly #waiting: ((reply: Reply) => void)[] = [];

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true).setEncoding('latin1');
    this.#socket.on('data', (data) => {
      this.#buffer += data;
      this.#read();
    });
  }

  send(...parts: string[]): Promise<Reply> {
    this.#socket.write(`*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(): void {
    for (;;) {
      const parsed = parseReply(this.#buffer, 0);
      if (!parsed) return;
      this.#buffer = this.#buffer.slice(parsed.end);
      this.#waiting.shift()?.(parsed.reply);
    }
  }
}

function parseReply(text: string, at: number): { reply: Reply; end: number } | undefined {
  const lineEnd = text.indexOf('\r\n', at);
  if (lineEnd === -1) return undefined;
  const [kind, value] = [text[at], text.slice(at + 1, lineEnd)];
  if (kind === '-') throw new Error(value);
  if (kind === '$') {
    const end = lineEnd + 2 + Number(value);
    return text.length < end + 2 ? undefined : { reply: text.slice(lineEnd + 2, end), end: end + 2 };
  }
  if (kind !== '*') return { reply: value, end: lineEnd + 2 };
  const items: Reply[] = [];
  let end = lineEnd + 2;
  for (let i = 0; i < Number(value); i += 1) {
    const item = parseReply(text, end);
    if (!item) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: items, end };
}
