import { Socket } from 'node:net';
import type { PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { isReadOnly, isStalePlan } from './faults.ts';
import { ask, type Described } from './statement.ts';

/** Beyond these, statements are parsed each time: SQL text that never repeats must not fill the server's memory. */
const MAX_STATEMENTS = 500;

/** Ours to give and the same on every connection. */
const statementIds = new Map<string, number>();

function statementId(text: string): number | undefined {
  const known = statementIds.get(text);
  if (known !== undefined || statementIds.size >= MAX_STATEMENTS) return known;
  statementIds.set(text, statementIds.size);
  return statementIds.size - 1;
}

/**
 * Before a change whose result nobody waits for and that is the last of its transaction: it is sent along with the
 * `commit`, which fails where it fails.
 */
export const WITH_COMMIT = '/* with the commit */ ';

type Held = { text: string; parameters: readonly unknown[] };

/** A connection's socket that sends what one turn of the event loop wrote to it at once: a system call costs more than a statement. */
export class TurnSocket extends Socket {
  override uncork(): void {
    process.nextTick(() => super.uncork());
  }
}

/**
 * A connection, in pipeline mode, that makes fewer trips.
 *
 * The server parses and plans each statement once: for our small ones that is half of its work. A migration that adds a
 * column makes it refuse what it has prepared for `select *` before. Such a connection begins anew with all of its
 * statements; in a transaction the refusal goes up, and the transaction is run again.
 *
 * The `begin` of a transaction is sent along with its first statement, which is not done where that fails. What is marked
 * `WITH_COMMIT` goes with the end of its transaction: where it fails, PostgreSQL takes that `commit` for a rollback.
 *
 * A connection whose server takes no changes any more is not used again: the next one finds the server that does.
 */
export class PreparedClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #described: Described = new Map();
  #generation = 0;
  #hasToBegin = false;
  #held: Held | undefined;
  #isOver = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query(cursor: unknown): never;
  query<R>(text: unknown, parameters: readonly unknown[] = []): Promise<PostgresQueryResult<R>> {
    if (typeof text !== 'string') throw new Error('no cursors here');
    return this.#query(text, parameters);
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy === true || this.#isOver);
  }

  async #query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (text === 'begin') {
      this.#hasToBegin = true;
      return { command: 'SELECT', rowCount: 0, rows: [] };
    }
    if (text.startsWith(WITH_COMMIT)) {
      await this.#sendHeld();
      this.#held = { text, parameters };
      return { command: 'INSERT', rowCount: 0, rows: [] };
    }
    if (this.#held) {
      if (text === 'commit') return this.#commitHeld(this.#held);
      if (text === 'rollback') this.#held = undefined;
      else await this.#sendHeld();
    }
    if (!this.#hasToBegin) return this.#ask(text, parameters);
    if (text === 'commit' || text === 'rollback') {
      this.#hasToBegin = false;
      return { command: 'COMMIT', rowCount: 0, rows: [] };
    }
    return this.#ask(text, parameters, await this.#begin());
  }

  /** The name of the `begin` that the next statement is to be sent with; nothing where the transaction has begun. */
  async #begin(): Promise<string | undefined> {
    if (!this.#hasToBegin) return undefined;
    this.#hasToBegin = false;
    const name = this.#nameOf('begin');
    if (name !== undefined && this.#described.has(name)) return name;
    await this.#askOnce('begin', []); // prepares it
    return undefined;
  }

  async #commitHeld({ text, parameters }: Held): Promise<PostgresQueryResult<never>> {
    this.#held = undefined;
    const begin = await this.#begin();
    // Once only: tried again, it would stand by itself, behind the end of its transaction.
    const held = this.#askOnce(text, parameters, begin);
    const [, committed] = await Promise.all([held, this.#askOnce<never>('commit', [])]);
    return committed;
  }

  /** It was not the last: like any other, then. */
  async #sendHeld(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held) await this.#query(held.text.slice(WITH_COMMIT.length), held.parameters);
  }

  async #ask<R>(text: string, parameters: readonly unknown[], begin?: string): Promise<PostgresQueryResult<R>> {
    try {
      return await this.#askOnce<R>(text, parameters, begin);
    } catch (err) {
      if (!isStalePlan(err)) throw err;
      this.#generation += 1;
      // Fails at once in a transaction, which the refusal has ended.
      return this.#askOnce<R>(text, parameters).catch(() => {
        throw err;
      });
    }
  }

  async #askOnce<R>(text: string, parameters: readonly unknown[], begin?: string): Promise<PostgresQueryResult<R>> {
    try {
      return await ask<R>(this.#client, { text, parameters, name: this.#nameOf(text), begin }, this.#described);
    } catch (err) {
      if (isReadOnly(err)) this.#isOver = true;
      throw err;
    }
  }

  #nameOf(text: string): string | undefined {
    const id = statementId(text);
    return id === undefined ? undefined : `${this.#generation}.${id}`;
  }
}
