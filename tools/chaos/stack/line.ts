import { serversIn } from '@logi/contracts';
import { LOOPBACK } from '../../stack/processes/ports.ts';
import { TcpProxy, type Toxics } from '../../testing/tcp-proxy.ts';

/** The way to all servers of a list, each by a proxy of its own, so that whoever goes this way chooses among them itself. */
export class Line {
  readonly #proxies: ReadonlyMap<string, TcpProxy>;

  private constructor(proxies: ReadonlyMap<string, TcpProxy>) {
    this.#proxies = proxies;
  }

  static async start(list: string): Promise<Line> {
    const proxies = await Promise.all(
      serversIn(list).map(async (url) => [new URL(url).port, await TcpProxy.start(url)] as const),
    );
    return new Line(new Map(proxies));
  }

  /** The same list by way of here, whichever user it names. */
  url(list: string): string {
    const ports = serversIn(list).map((url) => new URL(url).port);
    const hosts = ports.map((port) => `${LOOPBACK}:${port}`).join(',');
    const ways = ports.map((port) => new URL(this.#proxyAt(port).url()).host).join(',');
    return list.replace(hosts, ways);
  }

  strand(): void {
    for (const proxy of this.#proxies.values()) proxy.strand();
  }

  spoil(toxics: Toxics): void {
    for (const proxy of this.#proxies.values()) proxy.spoil(toxics);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  }

  #proxyAt(port: string): TcpProxy {
    const proxy = this.#proxies.get(port);
    if (!proxy) throw new Error(`no line leads to port ${port}`);
    return proxy;
  }
}
