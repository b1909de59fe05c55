import { apiSchemas, isRecord } from '@logi/contracts';
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;
type Way = 'input' | 'output';

const COMPONENTS = '#/components/schemas/';
/** What zod says of every whole number, and says by a pattern beside the format. */
const SAFE = Number.MAX_SAFE_INTEGER;

/** The schemas of one document: what has a name is written once, and referred to. */
export class JsonSchemas {
  readonly #components = new Map<string, JsonSchema>();

  /** The schema of what comes in, or goes out. */
  of(schema: z.ZodType, way: Way): JsonSchema {
    const { $defs = {}, ...json } = z.toJSONSchema(schema, {
      io: way,
      metadata: apiSchemas,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const { description } = z.globalRegistry.get(zodSchema) ?? {};
        if (description !== undefined) jsonSchema.description ??= description;
        // Where something is made of what comes in, zod leaves them out; ours are of what comes in.
        const { examples } = apiSchemas.get(zodSchema) ?? {};
        if (examples) jsonSchema.examples = examples;
      },
    });
    for (const [name, definition] of Object.entries($defs)) this.#add(name, tidied(definition, way));
    const { id, $schema, ...rest } = json;
    const whole = tidied(rest, way);
    if (id === undefined) return whole;
    this.#add(id, whole);
    return { $ref: COMPONENTS + id };
  }

  get components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #add(name: string, schema: JsonSchema): void {
    const known = this.#components.get(name);
    if (known && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`two schemas are called ${name}, or one is another where it comes in`);
    }
    this.#components.set(name, schema);
  }
}

/** Without what says nothing to a reader; and open: more keys may come than today, also where zod would leave them out. */
function tidied(json: unknown, way: Way): JsonSchema {
  return walk(json, way) as JsonSchema; // of an object, an object
}

function walk(value: unknown, way: Way): unknown {
  if (Array.isArray(value)) return value.map((each) => walk(each, way));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([key, inner]) => !isIdle(value, { key, inner, way }));
  return Object.fromEntries(
    entries.map(([key, inner]) => {
      if (key === 'examples' || key === 'default' || key === 'enum') return [key, inner];
      if (key === 'properties' && isRecord(inner)) {
        return [key, Object.fromEntries(Object.entries(inner).map(([name, property]) => [name, walk(property, way)]))];
      }
      if (key === '$ref') return [key, String(inner).replace('#/$defs/', COMPONENTS)];
      return [key, walk(inner, way)];
    }),
  );
}

function isIdle(schema: JsonSchema, { key, inner: value, way }: { key: string; inner: unknown; way: Way }): boolean {
  if (key === 'id' && typeof value === 'string') return true;
  if (key === 'additionalProperties') return way === 'output' && value === false;
  if (key === 'pattern') return 'format' in schema;
  if (key === 'maximum') return value === SAFE;
  return key === 'minimum' && value === -SAFE;
}
