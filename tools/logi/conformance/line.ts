import type { Duplex } from 'node:stream';
import { clientFrame, locationUpdate, PROTOCOL_V2, parseJson } from '@logi/contracts';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { Fault, type Kind, show } from './faults.ts';
import { idOf } from './messages.ts';

/** Of the case under way, what a line takes part in. */
type Stage = {
  readonly kind: Kind;
  readonly faults: string[];
  until: (isSo: () => boolean, fault: string, limitMs?: number) => Promise<void>;
};
type Said = { type: string; payload?: unknown };

/** One connection of the client under test. */
export class Line {
  /** What was asked for by the URL. */
  readonly url: URL;
  readonly token: string | undefined;
  readonly openedAtMs = Date.now();
  readonly said: Said[] = [];
  closedAtMs: number | undefined;
  closedWith: number | undefined;
  answeredPings = 0;
  /** A line that answers nothing, as one that is cut somewhere. */
  isSilent = false;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #stage: Stage;

  constructor({
    ws,
    socket,
    stage,
    url,
    token,
  }: { ws: WebSocket; socket: Duplex; stage: Stage; url: URL; token: string | undefined }) {
    this.url = url;
    this.token = token;
    this.#ws = ws;
    this.#socket = socket;
    this.#stage = stage;
    ws.on('message', (data, isBinary) => this.#hear(data.toString(), isBinary));
    ws.on('ping', () => {
      if (!this.isSilent) ws.pong();
    });
    ws.on('pong', () => {
      this.answeredPings += 1;
    });
    ws.on('error', () => undefined); // the close says it, too
    ws.on('close', (code) => {
      this.closedAtMs = Date.now();
      this.closedWith = code;
    });
  }

  get isOpen(): boolean {
    return this.closedAtMs === undefined;
  }

  get lastId(): string | undefined {
    return this.url.searchParams.get('last_id') ?? undefined;
  }

  send(message: object | string): void {
    this.#ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sendBinary(bytes: Buffer): void {
    this.#ws.send(bytes);
  }

  /** In so many pieces. */
  sendInPieces(message: object, pieces: number): void {
    const text = Buffer.from(JSON.stringify(message));
    const size = Math.ceil(text.length / pieces);
    for (let at = 0; at < text.length; at += size) {
      this.#ws.send(text.subarray(at, at + size), { binary: false, fin: at + size >= text.length });
    }
  }

  hello({
    id,
    heartbeatMs = 25_000,
    expiresInMs = 3_600_000,
  }: {
    id?: number;
    heartbeatMs?: number;
    expiresInMs?: number;
  } = {}): void {
    this.send({
      user_id: '',
      type: 'hello',
      payload: {
        session_id: '0190c6f0-7a00-7a61-b0de-5d1f3c2e4b10',
        heartbeat_ms: heartbeatMs,
        resume_window_ms: 300_000,
        expires_at: new Date(Date.now() + expiresInMs).toISOString(),
      },
      ...(id !== undefined && { id: idOf(id) }),
      at: new Date().toISOString(),
    });
  }

  ping(): void {
    this.#ws.ping();
  }

  close(code: number, reason = ''): void {
    this.#ws.close(code, reason);
  }

  /** The line breaks, and nobody says so. */
  break(): void {
    this.#ws.terminate();
  }

  /** From now on nothing goes either way, and it looks open. */
  fallSilent(): void {
    this.isSilent = true;
    this.#socket.pause();
  }

  saidOf(type: string): Said[] {
    return this.said.filter((each) => each.type === type);
  }

  /** The first frame of this type, said already or still to come. */
  async hear(type: string, fault: string, limitMs?: number): Promise<Said> {
    await this.#stage.until(() => this.saidOf(type).length > 0, fault, limitMs);
    const [said] = this.saidOf(type);
    if (!said) throw new Fault(fault);
    return said;
  }

  #hear(text: string, isBinary: boolean): void {
    const problem = isBinary ? 'it is binary' : problemOf(this.#stage.kind, text);
    if (problem !== undefined) {
      this.#stage.faults.push(`It said ${show(text)}, and ${problem}.`);
      this.close(4400, 'bad frame');
      return;
    }
    const frame = JSON.parse(text) as Said; // as was just seen
    this.said.push(frame);
    if (frame.type === 'ping' && !this.isSilent)
      this.send({ user_id: '', type: 'pong', payload: {}, at: new Date().toISOString() });
  }
}

function problemOf(kind: Kind, text: string): string | undefined {
  const value = parseJson(text);
  if (kind === 'default') return 'in the default mode a client says nothing';
  if (value === undefined) return 'that is no JSON';
  const { success, error } = (kind === 'v2' ? clientFrame : locationUpdate).safeParse(value);
  if (success) return undefined;
  return `that is no frame of ${kind === 'v2' ? PROTOCOL_V2 : 'a stream'} (${z.prettifyError(error).replaceAll('\n', ' ')})`;
}
