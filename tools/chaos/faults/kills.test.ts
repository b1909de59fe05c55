import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findPorts } from '../../stack/processes/ports.ts';
import { createRandom } from '../../testing/random.ts';
import { Instance } from '../stack/instance.ts';
import { endingsOf, type ProcessEvent } from '../stack/process-record.ts';
import { Kills } from './kills.ts';

/** Ready at once, and gone as soon as it is asked to stop. */
const SERVICE = `import { createServer } from 'node:http';
createServer((request, response) => response.end()).listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));`;

let directory: string;
let instance: Instance;
const events: ProcessEvent[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'logi-kills-'));
  mkdirSync(join(directory, 'services/booking/src'), { recursive: true });
  writeFileSync(join(directory, 'services/booking/src/main.ts'), SERVICE);
  const { port } = await findPorts({ port: [] });
  events.length = 0;
  instance = new Instance({
    service: 'booking',
    name: 'booking-a',
    port,
    env: { PORT: String(port) },
    root: directory,
    directory,
    record: (event) => events.push(event),
  });
});

afterEach(async () => {
  await instance.stop();
  rmSync(directory, { recursive: true, maxRetries: 5 }); // its log is still being written
});

test('what a fault owns, nobody else ends or starts', async () => {
  const fault = await instance.own('F15');
  fault.process.start();
  await fault.process.becomesReady();
  const kills = new Kills({
    instances: [instance],
    random: createRandom('seed'),
    ids: new Set(['F02']),
    target: 1,
    endsAt: Date.now(),
    onKill: () => undefined,
  });
  kills.start();
  for (let i = 0; i < 5; i += 1) {
    expect(await fault.process.stopOrderly('F15')).toBe('exit code 0');
    fault.process.start();
    expect(await fault.process.becomesReady()).toBe(true);
  }
  expect(endingsOf(events)).toEqual({ kills: {}, failedStarts: [], deaths: [] });
  await fault[Symbol.asyncDispose]();
  await kills.stop();
});

test('who wants an instance that is owned waits until it is released, and is ready', async () => {
  const first = await instance.own('F05');
  expect(instance.tryOwn('F24')).toBeUndefined();
  const second = instance.own('F24');
  expect(instance.state).toEqual({ is: 'owned', by: 'F05' });
  first.process.start();
  await first[Symbol.asyncDispose]();
  const { process } = await second;
  expect(instance.state).toEqual({ is: 'owned', by: 'F24' });
  expect(process.state.is).toBe('running');
  expect(() => first.process).toThrow('F05 does not own booking-a any more');
});

test('a process is not started twice', async () => {
  const { process } = await instance.own('F05');
  process.start();
  expect(() => process.start()).toThrow('booking-a is starting, and cannot be started');
  expect(await process.becomesReady()).toBe(true);
  expect(() => process.start()).toThrow('booking-a is running, and cannot be started');
});

test('only what was alive can be killed', async () => {
  const { process } = await instance.own('F24');
  process.start();
  expect(await process.kill('F24')).toBe(true);
  expect(await process.kill('F24')).toBe(false);
  expect(endingsOf(events).kills).toEqual({ F24: 1 });
});
