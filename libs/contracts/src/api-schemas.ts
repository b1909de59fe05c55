import { z } from 'zod';

type ApiSchema = {
  id?: string;
  examples?: z.$input[];
  /** Where the schema itself does not show what is to be sent. */
  type?: 'number' | 'string';
  minimum?: number;
  maximum?: number;
};

/**
 * What the OpenAPI documents call a schema, with examples of it; beside its definition, by `.register(apiSchemas, …)`. It is
 * then in the document once, and by this name in every client that is made from it.
 */
export const apiSchemas = z.registry<ApiSchema>();
