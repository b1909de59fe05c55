import { z } from 'zod';
import { jsonSchema } from './json-schema.ts';

const node = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  description: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  prefixItems: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
});
type Node = z.infer<typeof node>;

/** A line for each field of what is sent: its name, type and meaning; what stands within a field comes below it. */
export function fieldsOf(schema: z.ZodType): string[][] {
  return rows(node.parse(jsonSchema(schema)), '');
}

function rows(parent: Node, path: string): string[][] {
  return Object.entries(parent.properties ?? {}).flatMap(([name, value]) => {
    const field = node.parse(value);
    const where = `${path}${name}`;
    const isOptional = !parent.required.includes(name);
    const inner = withoutNull(field);
    const within = isList(inner) && inner.items !== undefined ? node.parse(inner.items) : inner;
    const isGeoJson = within.properties?.['coordinates'] !== undefined;
    const below = isGeoJson ? [] : rows(within, isList(inner) ? `${where}[].` : `${where}.`);
    const meaning = field.description ?? inner.description ?? '';
    return [[`\`${where}\`${isOptional ? '?' : ''}`, typeOf(field), meaning], ...below];
  });
}

function isList({ type }: Node): boolean {
  return [type].flat().includes('array');
}

function withoutNull(field: Node): Node {
  const [only, ...others] = (field.anyOf ?? []).map((each) => node.parse(each)).filter(({ type }) => type !== 'null');
  return only && others.length === 0 ? only : field;
}

function typeOf(field: Node): string {
  if (field.anyOf) return field.anyOf.map((each) => typeOf(node.parse(each))).join(' or ');
  if (field.enum) return field.enum.map((each) => `\`${each}\``).join(', ');
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.properties?.['coordinates'] !== undefined) return 'GeoJSON Point';
  if (field.type === 'array')
    return `list of ${field.items === undefined ? 'anything' : typeOf(node.parse(field.items))}`;
  const [type = 'anything', ...others] = [field.type ?? []].flat();
  const named = field.format === 'date-time' ? 'time' : (field.format ?? type);
  return [named, ...others].join(' or ');
}
