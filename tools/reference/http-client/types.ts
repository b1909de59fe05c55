import openapiTS, { astToString } from 'openapi-typescript';

/*
 * A workspace of its own: openapi-typescript needs the compiler that it can call, which the one that checks our types is not.
 */

type Document = {
  paths: Record<string, Record<string, { operationId: string; parameters: ({ name?: string } | object)[] }>>;
  components: Record<string, Record<string, object>>;
};

/** The calls of all services, as types and as a table: made of their OpenAPI documents, by service. */
export async function renderHttpTypes(documents: Record<string, string>): Promise<string> {
  const each = Object.entries(documents).map(([service, text]) => [service, JSON.parse(text) as Document] as const);
  const merged = each.map(([, document]) => document).reduce(merge);
  const types = astToString(await openapiTS(JSON.stringify(merged)));
  const rows = each.flatMap(([service, { paths }]) =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => !('101' in (operation as unknown as { responses: object }).responses)) // a socket
        .map(([method, { operationId, parameters }]) => {
          const isKeyed = parameters.some((parameter) => 'name' in parameter && parameter.name === 'idempotency-key');
          const row = [service, method.toUpperCase(), path, ...(isKeyed ? ['keyed'] : [])];
          return `  ${operationId}: ${JSON.stringify(row)},`;
        }),
    ),
  );
  return `// Written by \`npm run docs\` from docs/openapi.

${types}
/** Which service answers each call, by which method and path. */
export const OPERATIONS = {
${rows.join('\n')}
} as const satisfies Partial<Record<keyof operations, readonly string[]>>;
`;
}

/** What has the same name in two documents is the same: both are made of one set of schemas. */
function merge(a: Document, b: Document): Document {
  const groups = new Set([...Object.keys(a.components), ...Object.keys(b.components)]);
  const components = [...groups].map((name) => [name, { ...a.components[name], ...b.components[name] }]);
  return { ...a, paths: { ...a.paths, ...b.paths }, components: Object.fromEntries(components) };
}
