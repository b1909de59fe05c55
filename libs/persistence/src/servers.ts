import { serversIn } from '@logi/contracts';
import pg from 'pg';

/*
 * `pg` connects to one host. Where the URL names several, one of them is the primary, which takes changes, and the others
 * are standbys, which refuse them (SQLSTATE 25006); which is which changes when one dies. So each new connection asks the
 * server whether it takes changes, and one that does not is a server that is away. The next is asked then, and stays the
 * one that is asked first until it fails.
 */

/** Where there are others to ask, a silent one has so long to let us in. */
const PATIENCE_MS = 3_000;

/** Which of several servers is asked first. */
export class Servers {
  readonly urls: readonly string[];
  #asked = 0;

  constructor(list: string) {
    this.urls = serversIn(list);
  }

  get current(): string {
    return this.urls[this.#asked % this.urls.length] ?? '';
  }

  /** Of those who fail together the first one moves on. */
  hasFailed(url: string): void {
    if (url === this.current) this.#asked += 1;
  }

  /** Each connection goes to the server that is asked when it is made. */
  client(): new (config?: pg.ClientConfig) => pg.Client {
    const patience = this.urls.length > 1 ? { connectionTimeoutMillis: PATIENCE_MS } : {};
    const current = () => this.current;
    return class extends pg.Client {
      constructor(config: pg.ClientConfig = {}) {
        super({ ...config, ...patience, connectionString: current() });
      }
    };
  }
}

/** Rejects where the server takes no changes. */
export async function expectPrimary(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only');
  if (rows[0]?.transaction_read_only === 'on') throw new Error('the server takes no changes: it is a standby');
}

/** A connection to the first server that takes changes, each asked once; rejects with why the last did not. */
export async function connectOnce(list: string, config: pg.ClientConfig): Promise<pg.Client> {
  const servers = new Servers(list);
  const Client = servers.client();
  for (let tries = 1; ; tries += 1) {
    const client = new Client(config);
    client.on('error', () => undefined); // what breaks it rejects the call that waits, too
    try {
      await client.connect();
      await expectPrimary(client);
      return client;
    } catch (err) {
      await client.end().catch(() => undefined);
      if (tries === servers.urls.length) throw err;
      servers.hasFailed(servers.current);
    }
  }
}
