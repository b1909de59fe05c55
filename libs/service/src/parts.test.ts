import { expect, test } from '@jest/globals';
import { inOrder, type Part, sideBySide } from './parts.ts';

const never = new AbortController().signal;

test('parts start in the order of the list and stop in the opposite one, each when the one before is done', async () => {
  const { noted, part } = notebook();
  const whole = inOrder(part('database'), part('relay'), part('door'));
  await whole.start(never);
  await whole.stop();
  expect(noted).toEqual([
    'database started',
    'relay started',
    'door started',
    'door stops',
    'door stopped',
    'relay stops',
    'relay stopped',
    'database stops',
    'database stopped',
  ]);
});

test('parts side by side do not wait for each other to stop, and what is below waits for all', async () => {
  const { noted, part } = notebook();
  await inOrder(part('database'), sideBySide(part('consumer'), part('door'))).stop();
  expect(noted).toEqual([
    'consumer stops',
    'door stops',
    'consumer stopped',
    'door stopped',
    'database stops',
    'database stopped',
  ]);
});

test('a stop during the start lets nothing more begin', async () => {
  const { noted, part } = notebook();
  const stopping = new AbortController();
  const warmUp: Part = { start: () => stopping.abort() };
  await inOrder(part('feeds'), sideBySide(warmUp, part('door'))).start(stopping.signal);
  expect(noted).toEqual(['feeds started']);
});

test('a part that cannot stop fails the whole stop, after those beside it were told', async () => {
  const { noted, part } = notebook();
  const broken: Part = {
    stop: () => {
      throw new Error('broken');
    },
  };
  await expect(sideBySide(broken, part('door')).stop()).rejects.toThrow('broken');
  expect(noted).toContain('door stops');
});

/** Parts that note what is done with them, and take a turn of the event loop to stop. */
function notebook() {
  const noted: string[] = [];
  const part = (name: string): Part => ({
    start: () => {
      noted.push(`${name} started`);
    },
    stop: async () => {
      noted.push(`${name} stops`);
      await new Promise((resolve) => setImmediate(resolve));
      noted.push(`${name} stopped`);
    },
  });
  return { noted, part };
}
