import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOPBACK } from '../stack/processes/ports.ts';

/** How a bad line passes on what is said; without one of them, at once, whole and as fast as it comes. */
export type Toxics = {
  /** Before each piece, somewhere in between. */
  latencyMs?: readonly [low: number, high: number];
  /** Pieces no longer than this. */
  sliceBytes?: number;
  bytesPerSecond?: number;
  /** Each connection is reset when so much has passed in one direction. */
  resetAfterBytes?: number;
};

/** One direction of a connection. */
type Flow = { from: Socket; to: Socket; isQuestion: boolean; isStranded: boolean; isBusy: boolean; bytes: number };

/**
 * Stands between clients and a real server and misbehaves as networks do. With several servers it hands each connection
 * to the next one that answers, as a load balancer does.
 */
export class TcpProxy {
  #attempts = 0;
  #maxAnswers = Infinity;
  #addition: { answer: number; bytes: Buffer } | undefined;
  #toxics: Toxics = {};
  readonly #targets: URL[];
  readonly #port: number;
  readonly #flows = new Set<Flow>();
  readonly #clients = new Set<Socket>();
  #server: Server;
  #frozen = { questions: false, answers: false };

  private constructor(targets: URL[], server: Server) {
    this.#targets = targets;
    this.#server = server;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    this.#port = address.port;
    this.#serve();
  }

  static async start(urls: string | readonly string[], port = 0): Promise<TcpProxy> {
    return new TcpProxy(
      [urls].flat().map((url) => new URL(url)),
      await listen(port),
    );
  }

  /** Connections that clients have made, or tried to make, so far. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Resets every new connection after the server has said so many things; `Infinity` lets all pass. */
  resetAfterAnswers(count: number): void {
    this.#maxAnswers = count;
  }

  /** On the next connection, the client gets `bytes` in one piece with the so manieth thing that the server says. */
  addToAnswer(answer: number, bytes: Buffer): void {
    this.#addition = { answer, bytes };
  }

  /** Spoils what passes from now on; `{}` lets it pass as it is. */
  spoil(toxics: Toxics): void {
    this.#toxics = toxics;
  }

  /** The server's URL, by way of here; or another URL of that server. */
  url(direct: string = this.#targets[0]?.href ?? ''): string {
    const url = new URL(direct);
    url.hostname = LOOPBACK;
    url.port = String(this.#port);
    return url.href;
  }

  /** Connections that a client still holds open, as far as its end of the line tells. */
  get clientsLeft(): number {
    return this.#clients.size;
  }

  /** Cuts every connection; those that come next get through. */
  cut(): void {
    for (const client of this.#clients) reset(client);
    for (const { from } of this.#flows) reset(from);
  }

  /** Nothing listens here any more. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  async reopen(): Promise<void> {
    this.#server = await listen(this.#port);
    this.#serve();
  }

  /** From now on nothing passes, and nothing tells either side so. */
  freeze(): void {
    this.#frozen = { questions: true, answers: true };
    this.#apply();
  }

  /** The server gets what the clients say, and they get none of its answers. */
  freezeAnswers(): void {
    this.#frozen = { questions: false, answers: true };
    this.#apply();
  }

  /** What is open now stays open and is dead; new connections are well. Only time or a heartbeat tells the sides. */
  strand(): void {
    for (const flow of this.#flows) flow.isStranded = true;
    this.#apply();
  }

  thaw(): void {
    this.#frozen = { questions: false, answers: false };
    for (const flow of this.#flows) flow.isStranded = false;
    this.#apply();
  }

  /** Says something to the clients in the server's name. */
  inject(bytes: Buffer): void {
    for (const client of this.#clients) client.write(bytes);
  }

  #serve(): void {
    this.#server.on('connection', (client) => void this.#join(client));
  }

  async #join(client: Socket): Promise<void> {
    this.#attempts += 1;
    const maxAnswers = this.#maxAnswers;
    const addition = this.#addition;
    this.#addition = undefined;
    this.#clients.add(client);
    client.on('error', () => undefined).on('close', () => this.#clients.delete(client));
    const server = await this.#dial(this.#attempts);
    if (!server || client.destroyed) {
      server?.destroy();
      reset(client);
      return;
    }
    let answers = 0;
    this.#relay({ from: client, to: server, isQuestion: true }, (chunk) => chunk);
    this.#relay({ from: server, to: client, isQuestion: false }, (chunk) => {
      answers += 1;
      if (answers > maxAnswers) reset(client);
      return addition?.answer === answers ? Buffer.concat([chunk, addition.bytes]) : chunk;
    });
  }

  /** The first server, beginning with another one each time, that lets us in. */
  async #dial(turn: number): Promise<Socket | undefined> {
    for (let i = 0; i < this.#targets.length; i += 1) {
      const target = this.#targets[(turn + i) % this.#targets.length];
      const socket = connect(Number(target?.port), target?.hostname);
      const isOpen = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      if (isOpen) return socket;
    }
    return undefined;
  }

  #relay(ends: Pick<Flow, 'from' | 'to' | 'isQuestion'>, edit: (chunk: Buffer) => Buffer): void {
    const flow: Flow = { ...ends, isStranded: false, isBusy: false, bytes: 0 };
    const { from, to } = flow;
    from.setNoDelay(true);
    from.on('data', (said: Buffer) => {
      const chunk = edit(said);
      if (Object.keys(this.#toxics).length > 0) void this.#passSlowly(flow, chunk);
      else if (!to.destroyed && !to.write(chunk)) void this.#wait(flow, once(to, 'drain'));
    });
    this.#flows.add(flow);
    this.#apply();
    from.on('error', () => undefined); // what breaks one side breaks the other, and that is all there is to do
    from.on('end', () => to.end());
    from.on('close', () => {
      this.#flows.delete(flow);
      to.destroy();
    });
  }

  async #passSlowly(flow: Flow, chunk: Buffer): Promise<void> {
    const {
      latencyMs: [low, high] = [0, 0],
      sliceBytes = chunk.length,
      bytesPerSecond,
      resetAfterBytes,
    } = this.#toxics;
    const pass = async () => {
      await sleep(low + Math.random() * (high - low));
      for (let at = 0; at < chunk.length; at += sliceBytes) {
        const slice = chunk.subarray(at, at + sliceBytes);
        if (bytesPerSecond !== undefined) await sleep((slice.length / bytesPerSecond) * 1_000);
        if (flow.to.destroyed) return;
        flow.to.write(slice);
      }
      flow.bytes += chunk.length;
      if (resetAfterBytes !== undefined && flow.bytes > resetAfterBytes) reset(flow.from);
    };
    await this.#wait(flow, pass());
  }

  /** Reads on when this is done: what comes meanwhile stays with who says it. */
  async #wait(flow: Flow, done: Promise<unknown>): Promise<void> {
    flow.isBusy = true;
    this.#apply();
    await done.catch(() => undefined);
    flow.isBusy = false;
    this.#apply();
  }

  #apply(): void {
    for (const { from, isQuestion, isStranded, isBusy } of this.#flows) {
      const isFrozen = isQuestion ? this.#frozen.questions : this.#frozen.answers;
      if (isFrozen || isStranded || isBusy) from.pause();
      else from.resume();
    }
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer({ pauseOnConnect: true }).listen(port, LOOPBACK);
  await once(server, 'listening');
  return server;
}

/**
 * libuv refuses to reset a socket while its orderly end is under way (EINVAL), and Node takes it for closed all the same:
 * it is not, `close` never comes, and at its own end the process waits for it without end, at full load.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
