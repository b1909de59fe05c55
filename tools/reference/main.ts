import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { renderAsyncApi } from './asyncapi/document.ts';
import { renderClientTypes } from './client-types.ts';
import { renderEnvExample } from './env-example.ts';
import { renderHttpTypes } from './http-client/types.ts';
import { renderOpenApis } from './openapi.ts';
import { renderProtocol } from './protocol-examples.ts';
import { renderReference } from './render.ts';

/** `npm run docs`: writes what is made of the contracts and the settings. A test says when it is out of date. */
await writeFile(inRepository('docs/reference.md'), renderReference());
const protocol = inRepository('docs/protocol.md');
await writeFile(protocol, renderProtocol(await readFile(protocol, 'utf8')));
await writeFile(inRepository('docs/asyncapi.json'), renderAsyncApi());
await writeFile(inRepository('libs/client/src/connection/payloads.ts'), renderClientTypes());
const documents = await renderOpenApis();
for (const [name, text] of Object.entries(documents)) await writeFile(inRepository(`docs/openapi/${name}.json`), text);
await writeFile(inRepository('libs/client/src/http/api.ts'), await renderHttpTypes(documents));
await writeFile(
  inRepository('.env.example'),
  renderEnvExample(await readFile(inRepository('docker-compose.yml'), 'utf8')),
);

function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
