import { z } from 'zod';

export type JsonSchema = { [key: string]: unknown };

/** As documents have it: `format` says of a time or an id what zod's long pattern says. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return rest;
}
