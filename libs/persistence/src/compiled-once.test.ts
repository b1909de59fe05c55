import { expect, test } from '@jest/globals';
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import { compiledOnce } from './compiled-once.ts';

type Tables = { thing: { id: string; colour: string; size: number } };

class NotingDriver extends DummyDriver {
  readonly asked: CompiledQuery[] = [];

  override async acquireConnection() {
    const connection = await super.acquireConnection();
    const { asked } = this;
    return {
      streamQuery: connection.streamQuery,
      executeQuery: <R>(query: CompiledQuery) => {
        asked.push(query);
        return connection.executeQuery<R>(query);
      },
    };
  }
}

const driver = new NotingDriver();
const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (own) => new PostgresIntrospector(own),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

type Change = { id: string; colour?: string; size?: number };
let built = 0;
const change = compiledOnce<Tables, Change, unknown, 'small' | 'all'>((tx, { id, ...set }, which) => {
  built += 1;
  const query = tx.updateTable('thing').set(set).where('id', '=', id);
  return which === 'small' ? query.where('size', '<', 3) : query;
});

test('each value comes to its place, and a statement is built once for each set of names and each variant', async () => {
  await db.transaction().execute(async (tx) => {
    await change(tx, { id: 'a', colour: 'red' }, 'small');
    await change(tx, { id: 'b', colour: 'blue' }, 'small');
    await change(tx, { id: 'c', size: 7 }, 'small');
    await change(tx, { id: 'd', size: 9 }, 'all');
  });
  expect(driver.asked.map(({ sql, parameters }) => [sql, parameters])).toEqual([
    ['update "thing" set "colour" = $1 where "id" = $2 and "size" < $3', ['red', 'a', 3]],
    ['update "thing" set "colour" = $1 where "id" = $2 and "size" < $3', ['blue', 'b', 3]],
    ['update "thing" set "size" = $1 where "id" = $2 and "size" < $3', [7, 'c', 3]],
    ['update "thing" set "size" = $1 where "id" = $2', [9, 'd']],
  ]);
  expect(built).toBe(3);
});
