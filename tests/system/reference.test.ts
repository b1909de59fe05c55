import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { CLIENT_FRAME_TYPES, CLOSE_CODES, CONTROL_TYPES, EVENTS, eventEnvelope, V2_TYPES } from '@logi/contracts';
import { renderAsyncApi } from '../../tools/reference/asyncapi/document.ts';
import { renderClientTypes } from '../../tools/reference/client-types.ts';
import { renderEnvExample } from '../../tools/reference/env-example.ts';
import { fieldsOf } from '../../tools/reference/fields.ts';
import { renderProtocol } from '../../tools/reference/protocol-examples.ts';
import { renderReference } from '../../tools/reference/render.ts';

test('docs/reference.md is what `npm run docs` writes', async () => {
  expect(await readFile('docs/reference.md', 'utf8')).toBe(renderReference());
});

test('every field of every event has its meaning in the reference', () => {
  const silent = [EVENTS, { envelope: { data: eventEnvelope } }].flatMap((group) =>
    Object.entries(group).flatMap(([type, { data }]) =>
      fieldsOf(data).flatMap(([field = '', , meaning]) => (meaning === '' ? [`${type} ${field}`] : [])),
    ),
  );
  expect(silent).toEqual([]);
});

test('docs/asyncapi.json is what `npm run docs` writes', async () => {
  expect(await readFile('docs/asyncapi.json', 'utf8')).toBe(renderAsyncApi());
});

test('the types of libs/client are what `npm run docs` writes', async () => {
  expect(await readFile('libs/client/src/connection/payloads.ts', 'utf8')).toBe(renderClientTypes());
});

test('.env.example is what `npm run docs` writes', async () => {
  const compose = await readFile('docker-compose.yml', 'utf8');
  expect(await readFile('.env.example', 'utf8')).toBe(renderEnvExample(compose));
});

test('the examples in docs/protocol.md are what `npm run docs` writes', async () => {
  const text = await readFile('docs/protocol.md', 'utf8');
  expect(text).toBe(renderProtocol(text));
  expect(text).toContain('"type": "token_expiring"');
});

test('docs/protocol.md has every message, frame and close code', async () => {
  const text = await readFile('docs/protocol.md', 'utf8');
  const types = [...V2_TYPES, ...CONTROL_TYPES, ...CLIENT_FRAME_TYPES].map((type) => `| \`${type}\` |`);
  const codes = Object.values(CLOSE_CODES).map(({ code }) => `| ${code} |`);
  expect([...types, ...codes].filter((cell) => !text.includes(cell))).toEqual([]);
});
