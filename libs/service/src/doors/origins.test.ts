import { expect, test } from '@jest/globals';
import { originList } from './origins.ts';

test.each([
  ['https://app.example', ['https://app.example']],
  ['https://app.example/', ['https://app.example']],
  ['HTTPS://App.Example', ['https://app.example']],
  ['https://app.example:443', ['https://app.example']],
  ['http://app.example:80/', ['http://app.example']],
  ['http://localhost:5173', ['http://localhost:5173']],
  ['https://bücher.example', ['https://xn--bcher-kva.example']],
  ['http://[::1]:3000', ['http://[::1]:3000']],
  ['capacitor://localhost', ['capacitor://localhost']],
  ['null', ['null']],
  [' https://a.example , https://b.example, ', ['https://a.example', 'https://b.example']],
])('%s means %j', (written, origins) => {
  expect([...(originList.parse(written) ?? [])]).toEqual(origins);
});

test.each([undefined, '', ' ', ','])('%j allows all', (written) => {
  expect(originList.parse(written)).toBeUndefined();
});

test.each([
  '*',
  'https://*.example',
  'app.example',
  'localhost:5173',
  'https://app.example/path',
  'https://app.example?x',
  'https://app.example#x',
  'https://user@app.example',
  'https://',
  'https://app.example:99999',
  'https://a.example https://b.example',
])('%s can never match, and is refused by name', (written) => {
  const { error } = originList.safeParse(`https://good.example,${written}`);
  expect(error?.issues[0]?.message).toContain(written);
});
