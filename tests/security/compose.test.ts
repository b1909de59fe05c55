import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const compose = readFileSync('docker-compose.yml', 'utf8');
const defaults = [...compose.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name = '', value = '']) => ({
  name,
  value,
}));

test('no secret has a default that everybody can read', () => {
  const secrets = defaults.filter(({ name }) => /PASSWORD|SECRET|KEY/.test(name) && name !== 'TLS_KEYS');
  expect(secrets.length).toBeGreaterThan(5);
  expect(secrets.filter(({ value }) => value !== '')).toEqual([]);
});

test('a password reaches only the step that hands them out; all others read files of their own', () => {
  const givenKeys = compose.slice(compose.indexOf('x-given-keys:'), compose.indexOf('x-broker-account:'));
  const elsewhere = compose.replace(givenKeys, '');
  expect(elsewhere).not.toMatch(/\$\{\w*PASSWORD|\$\{JWT_SECRET:/);
});

test('nothing is published beyond this machine unless somebody says so', () => {
  const published = [...compose.matchAll(/['"]([^'"\n]+):\$\{[A-Z_]*PORT:-\d+\}:\d+['"]/g)].map(
    ([, address]) => address,
  );
  expect(published).toHaveLength(8);
  for (const address of published)
    expect(address).toMatch(/^(127\.0\.0\.1|\$\{(PUBLISH|TLS|OPERATIONS)_ADDRESS:-127\.0\.0\.1\})$/);
});

test('images are named by settings, and pinned to a minor version', () => {
  const images = defaults.filter(({ name }) => name.endsWith('_IMAGE'));
  expect(images.map(({ name }) => name).sort()).toEqual([
    'CADDY_IMAGE',
    'NODE_IMAGE',
    'POSTGIS_IMAGE',
    'RABBITMQ_IMAGE',
  ]);
  for (const { value } of images) expect(value).toMatch(/:\d+[.-]\d+(\.\d+)?(-[a-z-]+)?$/);
  const named = [...compose.matchAll(/^ *image: (.+)$/gm)].map(([, image]) => image);
  for (const image of named) expect(image).toMatch(/^(logi|logi-operations|\$\{[A-Z]+_IMAGE:-.+\})$/);
  expect(readFileSync('Dockerfile', 'utf8')).toContain(
    `ARG NODE_IMAGE=${images.find(({ name }) => name === 'NODE_IMAGE')?.value}`,
  );
});
