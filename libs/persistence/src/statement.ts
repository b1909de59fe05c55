import type { PostgresQueryResult } from 'kysely';
import pg from 'pg';

type Column = { name: string; parse: (text: string) => unknown };

/** What is asked. It is prepared where it has a name, which nothing else has on that connection. */
type Asked = { text: string; parameters: readonly unknown[]; name: string | undefined };

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
type Result = Pick<PostgresQueryResult<unknown>, 'command' | 'rowCount'>;

/**
 * A query of pg's own, which is told its columns once on each connection. pg asks for them with each query, and makes names
 * and parsers of them each time; for one row of ours they are longer than the row.
 */
class Statement<R> extends pg.Query {
  readonly name: string;
  readonly callback: (err: unknown, result?: Result) => void;
  #columns: readonly Column[];
  readonly #read: R[] = [];
  #unreadable: unknown;

  constructor({ text, parameters, name = '' }: Asked, described: Described, end: End<R>) {
    super(text, [...parameters]);
    const known = described.get(name);
    this.#columns = known ?? [];
    this.name = name;
    this.callback = (err, result) => {
      if (!result || this.#unreadable) return end(err ?? this.#unreadable, undefined);
      if (name !== '') described.set(name, this.#columns);
      end(undefined, { command: result.command, rowCount: result.rowCount, rows: this.#read });
    };
    const { submit } = this;
    if (known) this.submit = (connection) => submit.call(this, withoutDescription(connection));
  }

  handleRowDescription({ fields }: { fields: readonly pg.FieldDef[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({
      name: camelCase(name),
      parse: pg.types.getTypeParser(dataTypeID),
    }));
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
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
