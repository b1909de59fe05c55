import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { renderAsyncApi } from './asyncapi.ts';
import { renderReference } from './render.ts';

/** `npm run docs`: writes what is made of the contracts and the settings. A test says when it is out of date. */
await writeFile(fileURLToPath(new URL('../../docs/reference.md', import.meta.url)), renderReference());
await writeFile(fileURLToPath(new URL('../../docs/asyncapi.json', import.meta.url)), renderAsyncApi());
