import type { CompiledQuery } from 'kysely';
import type { Tx } from './database.ts';
import { WITH_NEXT } from './prepared-client.ts';

type Compilable<Tables, Row> = { compile: (tx: Tx<Tables>) => CompiledQuery<Row> };

/** Stands in a statement where a value of each call will be. */
class Place {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

type Ask<Tables, Values, Result, Variant> = (
  tx: Tx<Tables>,
  values: Values,
  ...variant: [Variant] extends [never] ? [] : [Variant]
) => Promise<Result>;

/**
 * A statement whose text is made once. Kysely makes it anew for each call, which for a change of several rows takes as
 * long as the change takes in the database. `build` is asked once for each set of names of values, and each `variant`; it
 * puts the values where they belong and may not look at them. It returns a query, or SQL (`sql`).
 */
export function compiledOnce<Tables, Values extends object, Row, Variant extends string = never>(
  build: (tx: Tx<Tables>, values: Values, variant: Variant) => Compilable<Tables, Row>,
): Ask<Tables, Values, Row[], Variant> & { withNext: Ask<Tables, Values, unknown, Variant> } {
  const marked = (mark: '' | typeof WITH_NEXT): Ask<Tables, Values, Row[], Variant> => {
    const made = new Map<string, CompiledQuery<Row>>();
    return async (tx, values, ...[variant]) => {
      const names = Object.keys(values);
      const shape = [variant, ...names].join(' ');
      let compiled = made.get(shape);
      if (!compiled) {
        const places = Object.fromEntries(names.map((name) => [name, new Place(name)]));
        // The places pass as values, since Kysely takes any object for one; and a variant is given wherever there are any.
        compiled = build(tx, places as unknown as Values, variant as Variant).compile(tx);
        compiled = { ...compiled, sql: mark + compiled.sql };
        made.set(shape, compiled);
      }
      const byName = new Map<string, unknown>(Object.entries(values));
      const parameters = compiled.parameters.map((each) => (each instanceof Place ? byName.get(each.name) : each));
      const { rows } = await tx.executeQuery<Row>({ ...compiled, parameters });
      return rows;
    };
  };
  return Object.assign(marked(''), { withNext: marked(WITH_NEXT) });
}

/**
 * Has a statement whose result nobody waits for sent along with whatever the transaction asks next, or with its commit: a
 * trip to the database less. What it fails with, they fail with. Of what `compiledOnce` makes, `withNext` does so.
 */
export async function withNext<Tables>(tx: Tx<Tables>, query: Compilable<Tables, unknown>): Promise<void> {
  const compiled = query.compile(tx);
  await tx.executeQuery({ ...compiled, sql: WITH_NEXT + compiled.sql });
}
