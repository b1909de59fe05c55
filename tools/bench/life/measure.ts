import { setTimeout } from 'node:timers/promises';
import type { Moments, People, Step } from './people.ts';
import type { Cpu } from './services.ts';

/** Before a measurement: plans, caches, and enough for the compiler to have settled, as services run for weeks. */
const WARM_BOOKINGS = 600;
/** After it: what is under way ends, and is counted, too. */
const SETTLE_MS = 1_000;

/** Unserved: whose life did not go to its end, since the machine cannot bear that rate. */
export type Measured = { moments: Moments[]; unserved: number; cpuPerBooking: Cpu };
/** Who lives, and what it costs. */
export type Work = { people: People; cpu: () => Promise<Cpu> };

export async function warm(work: Work): Promise<void> {
  await atATime(work, { bookings: WARM_BOOKINGS, lanes: 10 });
}

/** So many whole lives, each lane one after the other: also a machine that has much else to do bears that. */
export async function atATime(
  { people, cpu }: Work,
  { bookings, lanes }: { bookings: number; lanes: number },
): Promise<Measured> {
  const before = await cpu();
  const moments: Moments[] = [];
  let next = 0;
  const lane = async () => {
    while (next < bookings) {
      const booking = people.book(next++);
      await live(booking.steps);
      moments.push(booking.moments);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await setTimeout(SETTLE_MS);
  return { moments, unserved: 0, cpuPerBooking: perBooking(before, await cpu(), bookings) };
}

/** So many whole lives, begun at a rate, whether or not those before are over. */
export async function atRate(
  { people, cpu }: Work,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Measured> {
  const before = await cpu();
  const startedAt = performance.now();
  const lives = Array.from({ length: perSecond * seconds }, async (_, n) => {
    await setTimeout(Math.max(0, startedAt + (n * 1_000) / perSecond - performance.now()));
    const { steps, moments } = people.book(n);
    await live(steps);
    return moments;
  });
  const ended = await Promise.allSettled(lives);
  await setTimeout(SETTLE_MS);
  const moments = ended.flatMap((life) => (life.status === 'fulfilled' ? [life.value] : []));
  const unserved = ended.length - moments.length;
  return { moments, unserved, cpuPerBooking: perBooking(before, await cpu(), lives.length) };
}

/** The same lives in step: all take the first step, then all the second, so that each step's time is told apart. */
export async function stepByStep(
  { people, cpu }: Work,
  { bookings, perSecond }: { bookings: number; perSecond: number },
): Promise<{ name: string; cpuPerBooking: Cpu }[]> {
  const lives = Array.from({ length: bookings }, (_, n) => people.book(n).steps);
  const names = lives[0]?.map(({ name }) => name) ?? [];
  const rows: { name: string; cpuPerBooking: Cpu }[] = [];
  for (const [index, name] of names.entries()) {
    const before = await cpu();
    const startedAt = performance.now();
    await Promise.all(
      lives.map(async (steps, n) => {
        await setTimeout(Math.max(0, startedAt + (n * 1_000) / perSecond - performance.now()));
        await steps[index]?.take();
      }),
    );
    await setTimeout(SETTLE_MS);
    rows.push({ name, cpuPerBooking: perBooking(before, await cpu(), bookings) });
  }
  return rows;
}

async function live(steps: readonly Step[]): Promise<void> {
  for (const { take } of steps) await take();
}

export function perBooking(before: Cpu, after: Cpu, bookings: number): Cpu {
  return Object.fromEntries(
    Object.entries(after).map(([process, micros]) => [process, (micros - (before[process] ?? 0)) / bookings / 1_000]),
  );
}

export function total(cpu: Cpu): number {
  return Object.values(cpu).reduce((sum, milliseconds) => sum + milliseconds, 0);
}
