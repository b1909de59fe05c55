import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Stands between a client and a real server, and misbehaves as networks do. */
export class TcpProxy {
  /** Connections that clients have made, or tried to make, so far. */
  attempts = 0;
  /** Resets every new connection after the server has said so many things; `Infinity` lets all pass. */
  resetAfterAnswers = Infinity;
  readonly #target: URL;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #frozen = { questions: false, answers: false };

  private constructor(target: URL, server: Server) {
    this.#target = target;
    this.#server = server;
    this.#port = portOf(server);
    server.on('connection', (client) => this.#join(client));
  }

  static async start(url: string): Promise<TcpProxy> {
    return new TcpProxy(new URL(url), await listen(0));
  }

  /** The server's URL, by way of here; or another URL of that server. */
  url(direct: string = this.#target.href): string {
    const url = new URL(direct);
    url.hostname = LOOPBACK;
    url.port = String(this.#port);
    return url.href;
  }

  /** Connections that a client still holds open, as far as its end of the line tells. */
  get clientsLeft(): number {
    return [...this.#sockets].filter((socket) => this.#isClient(socket)).length;
  }

  /** Cuts every connection; those that come next get through. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Nothing listens here any more. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  async reopen(): Promise<void> {
    this.#server = await listen(this.#port);
    this.#server.on('connection', (client) => this.#join(client));
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

  thaw(): void {
    this.#frozen = { questions: false, answers: false };
    this.#apply();
  }

  /** Says something to the clients in the server's name. */
  inject(bytes: Buffer): void {
    for (const socket of this.#sockets) if (this.#isClient(socket)) socket.write(bytes);
  }

  #isClient(socket: Socket): boolean {
    return socket.localPort === this.#port;
  }

  #apply(): void {
    for (const socket of this.#sockets) {
      if (this.#isClient(socket) ? this.#frozen.questions : this.#frozen.answers) socket.pause();
      else socket.resume();
    }
  }

  #join(client: Socket): void {
    this.attempts += 1;
    const server = tcpConnect(Number(this.#target.port), this.#target.hostname);
    const { resetAfterAnswers } = this;
    let answers = 0;
    this.#relay(client, server, () => undefined);
    this.#relay(server, client, () => {
      answers += 1;
      if (answers > resetAfterAnswers) client.resetAndDestroy();
    });
  }

  #relay(from: Socket, to: Socket, onData: () => void): void {
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      onData();
      if (!to.destroyed) to.write(chunk);
    });
    this.#sockets.add(from);
    this.#apply();
    from.on('error', () => undefined); // what breaks one side breaks the other, and that is all there is to do
    from.on('end', () => to.end());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
  return address.port;
}

async function listen(port: number): Promise<Server> {
  const server = createServer({ pauseOnConnect: false });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  return server;
}
