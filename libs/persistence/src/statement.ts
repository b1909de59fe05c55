import type { PostgresQueryResult } from 'kysely';
import pg from 'pg';

type Column = { name: string; parse: (text: string) => unknown };

type Asked = {
  text: string;
  parameters: readonly unknown[];
  /** It is prepared where it has one, which nothing else has on that connection. */
  name: string | undefined;
  /** Done right before it, in this order. Where one fails, nothing that follows is done, and its error is this one's. */
  before?: readonly Held[];
};

/** A statement that is prepared by this name, with its parameters as they are sent. What it returns is dropped. */
export type Held = { text: string; name: string; values: ReturnType<typeof prepareValue>[] };

/** As pg sends a parameter. It exports this, and its types do not say so. */
export const { prepareValue } = (
  pg as unknown as { utils: { prepareValue: (value: unknown) => string | Buffer | null } }
).utils;

/** The columns of all that was prepared on a connection, by its name. The server never answers it with other ones. */
export type Described = Map<string, readonly Column[]>;

/** Rows come in camelCase. */
export function ask<R>(client: pg.PoolClient, asked: Asked, described: Described): Promise<PostgresQueryResult<R>> {
  return new Promise((resolve, reject) => {
    const end: End<R> = (err, result) => (result ? resolve(result) : reject(err));
    client.query(new Statement<R>(asked, described, end));
  });
}

type End<R> = (err: unknown, result: PostgresQueryResult<R> | undefined) => void;
type Done = Pick<PostgresQueryResult<unknown>, 'command' | 'rowCount'>;

/**
 * A query of pg's own, which is told its columns once on each connection. pg asks for them with each query, and makes names
 * and parsers of them each time; for one row of ours they are longer than the row.
 */
class Statement<R> extends pg.Query {
  readonly name: string;
  readonly before: readonly Held[];
  readonly callback: (err: unknown) => void;
  #columns: readonly Column[];
  readonly #read: R[] = [];
  #unreadable: unknown;
  readonly #done: Done[] = [];

  constructor({ text, parameters, name = '', before = [] }: Asked, described: Described, end: End<R>) {
    super(text, [...parameters]);
    const known = described.get(name);
    this.#columns = known ?? [];
    this.before = before;
    this.name = name;
    this.callback = (err) => {
      const done = this.#done[before.length];
      if (!done || this.#unreadable) return end(err ?? this.#unreadable, undefined);
      if (name !== '') described.set(name, this.#columns);
      end(undefined, { ...done, rows: this.#read });
    };
    const { submit } = this;
    this.submit = (connection) => {
      const asked = known ? withoutDescription(connection) : connection;
      if (before.length === 0) return submit.call(this, asked);
      const { stream } = connection;
      stream.cork();
      for (const held of before) send(connection, held);
      const refused = submit.call(this, asked);
      stream.uncork();
      return refused;
    };
  }

  /** Its text is a command and, of most, a number of rows, behind an object identifier where it is an `insert`. */
  handleCommandComplete({ text }: { text: string }): void {
    const [command = '', ...numbers] = text.split(' ');
    this.#done.push({ command: command as Done['command'], rowCount: Number(numbers.at(-1) ?? 0) });
  }

  handleRowDescription({ fields }: { fields: readonly pg.FieldDef[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({
      name: camelCase(name),
      parse: pg.types.getTypeParser(dataTypeID),
    }));
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    if (this.#done.length < this.before.length) return;
    try {
      const row: Record<string, unknown> = {};
      this.#columns.forEach(({ name, parse }, index) => {
        const text = fields[index];
        row[name] = typeof text === 'string' ? parse(text) : null;
      });
      this.#read.push(row as R);
    } catch (err) {
      this.#unreadable = err;
    }
  }
}

/** Without a `Sync`: once something fails, the server does nothing more up to that of the statement which follows. */
function send(connection: pg.Connection, { name: statement, values }: Held): void {
  connection.bind({ statement, values }, true);
  connection.execute(null, true);
}

const undescribed = new WeakMap<pg.Connection, pg.Connection>();

/** The same connection, on which nothing is asked about columns. */
function withoutDescription(connection: pg.Connection): pg.Connection {
  const known = undescribed.get(connection);
  if (known) return known;
  const silent: pg.Connection = Object.create(connection, { describe: { value: () => undefined } });
  undescribed.set(connection, silent);
  return silent;
}

function camelCase(name: string): string {
  return name.replaceAll(/(?<=.)_+(\w)/g, (_, letter: string) => letter.toUpperCase());
}
