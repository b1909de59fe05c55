import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FileStore } from './file-store.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logi-store-'));
  path = join(folder, 'points');
});
afterEach(() => rm(folder, { recursive: true }));

const put = (...keys: number[]) => keys.map((key) => ({ key, value: { n: key } }));
const loaded = async () => (await new FileStore(path).load()).map(({ key }) => key);

test('what was put and not removed is there again, in order', async () => {
  const store = new FileStore(path);
  expect(await store.load()).toEqual([]);
  await store.write({ put: put(1, 2, 3), remove: [] });
  await store.write({ put: put(4), remove: [2] });
  expect(await new FileStore(path).load()).toEqual(put(1, 3, 4));
});

test('a line that was cut off is left out, and spoils neither what was before it nor what comes after', async () => {
  const store = new FileStore(path);
  await store.load();
  await store.write({ put: put(1), remove: [] });
  await appendFile(path, '\n{"put":{"key":2,"val');
  await store.write({ put: put(3), remove: [] });
  expect(await loaded()).toEqual([1, 3]);
  await appendFile(path, '\n{"put":{"key":4,"val');
  expect(await loaded()).toEqual([1, 3]);
});

test('what is no line of ours is left out', async () => {
  await writeFile(path, 'null\n5\n{}\n{"put":{"key":"a"}}\n\u0000\n{"put":{"key":9,"value":1}}');
  expect(await loaded()).toEqual([9]);
});

test('the file does not grow with what has gone', async () => {
  const store = new FileStore(path);
  await store.load();
  for (let round = 0; round < 30; round += 1) {
    const keys = Array.from({ length: 100 }, (_, i) => round * 100 + i);
    await store.write({ put: put(...keys), remove: keys });
  }
  expect((await readFile(path, 'utf8')).split('\n').length).toBeLessThan(2_300);
  expect(await loaded()).toEqual([]);
});

test('a folder that is not there is told', async () => {
  await expect(new FileStore(join(folder, 'no', 'points')).load()).rejects.toThrow(/ENOENT/);
});
