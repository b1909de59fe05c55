import { principalKey } from '@logi/contracts';
import { type Allowance, rateOf } from '@logi/service';
import type { Config } from '../config.ts';

/** A full point is smaller; who sends more bytes pays for them as for points. */
const BYTES_PER_POINT = 512;

/** What drivers' apps may send: frames that hold no points, requests with points, and the points themselves. */
export function ratesOfPoints(config: Config) {
  return {
    frames: rateOf(config.MAX_FRAMES_PER_SECOND, config),
    point_requests: rateOf(config.MAX_REQUESTS_PER_SECOND, config),
    points: { perSecond: config.MAX_POINTS_PER_SECOND, burst: config.MAX_SAVED_POINTS },
  };
}

export type PointsAllowance = ReturnType<typeof createPointsAllowance>;

/** A phone that was offline for a day brings a day's points at once, and is welcome; nobody sends so much all the time. */
export function createPointsAllowance(allowance: Allowance) {
  const holder = (driverId: string) => principalKey({ role: 'driver', id: driverId });
  return {
    /** For a request: refused when it is too much, and then nothing of it is taken. */
    pay(driverId: string, points: number): void {
      allowance.pay('points', holder(driverId), { cost: Math.max(1, points) });
    },
    /** For a frame, which has been read already. How long nothing more should be read, in milliseconds. */
    owe(driverId: string, { points, bytes }: { points: number; bytes: number }): number {
      return allowance.owe('points', holder(driverId), Math.max(1, points, Math.ceil(bytes / BYTES_PER_POINT)));
    },
  };
}
