import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { authSettings } from '@logi/auth';
import { commonSettings, readSettings } from '../config.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function fileWith(content: string): string {
  const path = join(directory, `${Math.random()}`);
  writeFileSync(path, content);
  return path;
}

const read = (env: Record<string, string>) =>
  readSettings({ AMQP_URL: 'amqp://broker', ...env }, { own: commonSettings, shared: authSettings });

test('a secret may stand in a file, with a line end behind it', () => {
  const { own, shared } = read({
    ...{ NODE_ENV: 'production', AMQP_URL: '', AMQP_URL_FILE: fileWith('amqp://user:pass@broker\n') },
    JWT_SECRET_FILE: fileWith(`${'s'.repeat(32)}\n`),
  });
  expect(own.AMQP_URL).toBe('amqp://user:pass@broker');
  expect(shared).toMatchObject({ usesDevelopmentSecret: false });
});

test('an empty file is a setting that is not set', () => {
  expect(read({ JWT_SECRET_FILE: fileWith('\n') }).shared).toMatchObject({ usesDevelopmentSecret: true });
});

test.each([
  [
    'a file that is not there',
    { JWT_SECRET_FILE: '/nowhere/at/all' },
    'JWT_SECRET_FILE: the file cannot be read (ENOENT)',
  ],
  ['a directory', { AMQP_URL_FILE: '/', AMQP_URL: '' }, 'AMQP_URL_FILE: the file cannot be read (EISDIR)'],
  [
    'a secret and its file',
    { JWT_SECRET: 's'.repeat(32), JWT_SECRET_FILE: '/etc/hostname' },
    'JWT_SECRET_FILE: JWT_SECRET is set as well: set only one of the two',
  ],
])('%s is refused, and named', (_name, env, problem) => {
  expect(() => read(env)).toThrow(problem);
});
