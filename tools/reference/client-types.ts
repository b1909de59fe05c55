import {
  actorRole,
  bookingStatus,
  CLIENT_FRAME_TYPES,
  CONTROL_TYPES,
  clientPayloads,
  controlPayloads,
  driverStatus,
  geoPoint,
  V2_TYPES,
  v2Payloads,
} from '@logi/contracts';
import { z } from 'zod';

/*
 * What `libs/client` calls the messages, as plain types: the package is installed where neither zod nor our contracts
 * are. They are made of the JSON Schemas, like docs/asyncapi.json.
 */

type Schema = {
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  prefixItems?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
};

/** Shapes that stand in more than one message, and that apps name. */
const NAMED: Record<string, z.ZodType> = {
  ActorRole: actorRole,
  BookingStatus: bookingStatus,
  DriverStatus: driverStatus,
  GeoPoint: geoPoint,
};

export function renderClientTypes(): string {
  return `// Written by \`npm run docs\` from libs/contracts.

${Object.entries(NAMED)
  .map(([name, schema]) => `export type ${name} = ${shapeOf(schemaOf(schema), '')};\n`)
  .join('')}
/** What the gateway tells, by type: first of the business, then of the connection itself. More keys may come. */
export type Payloads = ${membersOf([
    ...V2_TYPES.map((type) => [type, v2Payloads[type]] as const),
    ...CONTROL_TYPES.map((type) => [type, controlPayloads[type]] as const),
  ])};

/** What a client may say. */
export type ClientPayloads = ${membersOf(CLIENT_FRAME_TYPES.map((type) => [type, clientPayloads[type]] as const))};
`;
}

function membersOf(payloads: readonly (readonly [string, z.ZodType])[]): string {
  const properties = Object.fromEntries(payloads.map(([type, payload]) => [type, schemaOf(payload)]));
  return typeOf({ type: 'object', properties, required: Object.keys(properties) });
}

function schemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input' }) as Schema; // those of ours have no more than these keywords
}

function typeOf(schema: Schema, indent = ''): string {
  return nameOf(schema) ?? shapeOf(schema, indent);
}

function nameOf(schema: Schema): string | undefined {
  const isSame = (named: z.ZodType) => textOf(schemaOf(named)) === textOf(schema);
  return Object.entries(NAMED).find(([, named]) => isSame(named))?.[0];
}

function textOf(schema: Schema): string {
  return JSON.stringify({ ...schema, $schema: undefined, description: undefined });
}

function shapeOf(
  { type, const: only, enum: values, anyOf, prefixItems, items, properties, required }: Schema,
  indent: string,
): string {
  const inner = `${indent}  `;
  if (only !== undefined) return literal(only);
  if (values) return values.map(literal).join(' | ');
  if (anyOf) return anyOf.map((each) => typeOf(each, indent)).join(' | ');
  if (prefixItems) return `[${prefixItems.map((each) => typeOf(each, inner)).join(', ')}]`;
  if (items) return `(${typeOf(items, inner)})[]`;
  if (type !== 'object')
    return [type]
      .flat()
      .map((each) => (each === 'integer' ? 'number' : each))
      .join(' | ');
  const members = Object.entries(properties ?? {}).map(([name, each]) => {
    const note = each.description ? `${inner}/** ${each.description} */\n` : '';
    return `${note}${inner}${name}${required?.includes(name) ? '' : '?'}: ${typeOf(each, inner)};\n`;
  });
  return members.length === 0 ? 'Record<string, never>' : `{\n${members.join('')}${indent}}`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
