import { Socket } from 'node:net';
import type { PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { isReadOnly, isStalePlan } from './faults.ts';
import { ask, type Described, type Held, prepareValue } from './statement.ts';

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
 * Before a statement of a transaction whose result nobody waits for: it is sent along with whatever is asked next there, or
 * with the `commit`, which fails where it fails.
 */
export const WITH_NEXT = '/* with the next */ ';

/** More than these are not held, as they are kept in memory: the next one is sent with them. */
const MAX_HELD = 100;

const NOTHING: PostgresQueryResult<never> = { command: 'SELECT', rowCount: 0, rows: [] };

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
 * In a transaction, what is marked `WITH_NEXT` is held, as is the `begin`, and goes in one write with the next statement
 * that is not, or with the `commit`. One that fails ends the transaction, and its error is that of the statement it went
 * with; a `rollback` drops what is still held. What is not prepared yet is not held: it is asked, which prepares it.
 *
 * A connection whose server takes no changes any more is not used again: the next one finds the server that does.
 */
export class PreparedClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #described: Described = new Map();
  #generation = 0;
  /** What is to go with the next statement. Undefined where no transaction is open. */
  #held: Held[] | undefined;
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
    if (text === 'begin') this.#held = [];
    if (text === 'begin' || text.startsWith(WITH_NEXT)) return this.#hold(text, parameters);
    if (text === 'commit' || text === 'rollback') return this.#end(text);
    return this.#ask(text, parameters);
  }

  async #hold(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<never>> {
    if (!this.#held) throw new Error('outside of a transaction nothing comes next');
    const name = this.#nameOf(text);
    if (name === undefined || !this.#described.has(name) || this.#held.length === MAX_HELD) {
      return this.#ask(text, parameters);
    }
    this.#held.push({ text, name, values: parameters.map((value) => prepareValue(value)) });
    return NOTHING;
  }

  async #end(text: 'commit' | 'rollback'): Promise<PostgresQueryResult<never>> {
    const held = this.#held ?? [];
    this.#held = undefined;
    const hasBegun = held[0]?.text !== 'begin';
    if (!hasBegun && (text === 'rollback' || held.length === 1)) return NOTHING;
    return this.#askOnce(text, [], text === 'commit' ? held : []);
  }

  async #ask<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    const held = this.#held?.splice(0) ?? [];
    try {
      return await this.#askOnce<R>(text, parameters, held);
    } catch (err) {
      if (!isStalePlan(err) || held.length > 0) throw err;
      // Fails at once in a transaction, which the refusal has ended.
      return this.#askOnce<R>(text, parameters, []).catch(() => {
        throw err;
      });
    }
  }

  async #askOnce<R>(
    text: string,
    parameters: readonly unknown[],
    before: readonly Held[],
  ): Promise<PostgresQueryResult<R>> {
    try {
      return await ask<R>(this.#client, { text, parameters, name: this.#nameOf(text), before }, this.#described);
    } catch (err) {
      if (isReadOnly(err)) this.#isOver = true;
      if (isStalePlan(err)) this.#generation += 1;
      throw err;
    }
  }

  #nameOf(text: string): string | undefined {
    const id = statementId(text);
    return id === undefined ? undefined : `${this.#generation}.${id}`;
  }
}
