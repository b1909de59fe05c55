import type { Envelope } from '@logi/contracts';
import { WebSocket } from 'ws';
import { within } from '../../tools/testing/waiting.ts';
import { closeLater } from './cleanup.ts';
import { undescribed } from './wire/described.ts';

export type Closed = { code: number; reason: string };
type Options = { headers?: Record<string, string>; protocols?: string[] };

const SHOWN_MESSAGES = 20;

/** A test's WebSocket: keeps every message from the first on, so that none can be missed between two waits. */
export class TestSocket<Message = Envelope> {
  readonly messages: Message[] = [];
  /** How it was closed, once it is. */
  closedWith: Closed | undefined;
  readonly #ws: WebSocket;
  readonly #waiting: (() => void)[] = [];

  /** Messages of which the documents know nothing, or another form; they fail the test. */
  readonly #undescribed = new Set<string>();

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data) => {
      const message = JSON.parse(data.toString());
      const problem = undescribed(message, ws);
      if (problem !== undefined) this.#undescribed.add(problem);
      this.messages.push(message);
      this.#wake();
    });
    closeLater(() => {
      if (this.#undescribed.size > 0) throw new Error([...this.#undescribed].join('; '));
    });
    ws.on('close', (code, reason) => {
      this.closedWith = { code, reason: reason.toString() };
      this.#wake();
    });
  }

  static async connect<Message = Envelope>(url: string, options: Options = {}): Promise<TestSocket<Message>> {
    const ws = new WebSocket(url, options.protocols ?? [], { headers: options.headers ?? {} });
    closeLater(() => ws.terminate());
    const socket = new TestSocket<Message>(ws);
    const opened = new Promise<void>((resolve, reject) => {
      ws.on('open', resolve);
      ws.on('error', reject);
    });
    await within(opened, `the upgrade of ${url}`);
    return socket;
  }

  get protocol(): string {
    return this.#ws.protocol;
  }

  send(data: string | Buffer, options: { binary?: boolean; fin?: boolean } = {}): void {
    this.#ws.send(data, options);
  }

  ping(): void {
    this.#ws.ping();
  }

  /** The first message that fits, whether it is here already or still to come. */
  async find(fits: (message: Message) => boolean): Promise<Message> {
    const find = () => this.messages.find(fits);
    await this.#wait(`a message with ${fits}`, () => find() !== undefined || this.closedWith !== undefined);
    const found = find();
    if (!found) throw new Error(`closed with ${this.closedWith?.code} before a message with ${fits}`);
    return found;
  }

  /** Resolves with how it was closed. */
  get closed(): Promise<Closed> {
    return this.#wait('the close', () => this.closedWith !== undefined).then(() => this.closedWith as Closed); // as was just seen
  }

  /** Everything that the server has written so far is here once this resolves: the answer to a ping, or the end, comes after it. */
  async caughtUp(): Promise<void> {
    let isAnswered = false;
    this.#ws.once('pong', () => {
      isAnswered = true;
      this.#wake();
    });
    this.#ws.ping();
    await this.#wait('the answer to a ping', () => isAnswered || this.closedWith !== undefined);
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

  async #wait(awaited: string, isThere: () => boolean): Promise<void> {
    const waiting = async () => {
      while (!isThere()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    };
    await within(waiting(), awaited, { seen: () => this.#seen });
  }

  get #seen() {
    const { messages, closedWith } = this;
    return { closedWith, messages: messages.length, last: messages.slice(-SHOWN_MESSAGES) };
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** The answer to an upgrade that is refused. */
export async function refusedUpgrade(
  url: string,
  options: Options = {},
): Promise<{ status: number; body: { error: { code: string; message: string; request_id: string } } }> {
  const ws = new WebSocket(url, options.protocols ?? [], { headers: options.headers ?? {} });
  closeLater(() => ws.terminate());
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  ws.on('open', () => {
    ws.terminate();
    reject(new Error('the upgrade was accepted'));
  });
  ws.on('unexpected-response', (_request, response) => {
    let text = '';
    response.on('data', (chunk) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
  });
  ws.on('error', reject);
  const { status, text } = await within(promise, `the refusal of ${url}`);
  return { status, body: JSON.parse(text) };
}
