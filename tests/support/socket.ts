import type { Envelope } from '@logi/contracts';
import { WebSocket } from 'ws';

export type Closed = { code: number; reason: string };

/** A test's WebSocket: keeps every message from the first on, so that none can be missed between two waits. */
export class TestSocket<Message = Envelope> {
  readonly messages: Message[] = [];
  readonly #ws: WebSocket;
  readonly #waiting: (() => void)[] = [];
  readonly closed: Promise<Closed>;

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data) => {
      this.messages.push(JSON.parse(data.toString()));
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  static async connect<Message = Envelope>(
    url: string,
    options: { headers?: Record<string, string>; protocols?: string[] } = {},
  ): Promise<TestSocket<Message>> {
    const ws = new WebSocket(url, options.protocols ?? [], { headers: options.headers ?? {} });
    const socket = new TestSocket<Message>(ws);
    await new Promise<void>((resolve, reject) => {
      ws.on('open', resolve);
      ws.on('error', reject);
    });
    return socket;
  }

  get protocol(): string {
    return this.#ws.protocol;
  }

  send(data: string | Buffer): void {
    this.#ws.send(data);
  }

  /** The first message that fits, whether it is here already or still to come. */
  async find(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Everything that the server has written so far is here once this resolves: the answer to a ping comes after it. */
  async caughtUp(): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#ws.once('pong', () => resolve()));
    this.#ws.ping();
    await answered;
  }

  async close(): Promise<void> {
    this.#ws.close();
    await this.closed;
  }

  /** Stops reading, as a client does whose process hangs. */
  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }
}

/** The answer to an upgrade that is refused. */
export function refusedUpgrade(
  url: string,
  options: { headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<{ status: number; body: { error: { code: string; message: string } } }> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, options.protocols ?? [], { headers: options.headers ?? {} });
    ws.on('open', () => {
      ws.terminate();
      reject(new Error('the upgrade was accepted'));
    });
    ws.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    ws.on('error', reject);
  });
}
