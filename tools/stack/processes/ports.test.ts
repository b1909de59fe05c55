import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { findPorts, isPortFree, LOOPBACK } from './ports.ts';

test('a free port that was asked for is given', async () => {
  const { first } = await findPorts({ first: [] });
  expect(await findPorts({ first: [first] })).toEqual({ first });
});

test('a port that is taken is passed over', async () => {
  const { taken } = await findPorts({ taken: [] });
  const server = createServer().listen(taken, LOOPBACK);
  await once(server, 'listening');
  expect(await isPortFree(taken)).toBe(false);
  expect((await findPorts({ other: [taken] })).other).not.toBe(taken);
  await server[Symbol.asyncDispose]();
  expect(await isPortFree(taken)).toBe(true);
});

test('two that ask for the same port get different ones, below those of outgoing connections', async () => {
  const { free } = await findPorts({ free: [] });
  const { first, second } = await findPorts({ first: [free], second: [free] });
  expect(first).toBe(free);
  expect(second).not.toBe(free);
  expect(second).toBeLessThan(32_768);
});
