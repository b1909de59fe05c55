import { ARRIVAL_STAGES } from '@logi/contracts';

/** At which distance each stage is reached, in metres. */
const LADDER: Record<(typeof ARRIVAL_STAGES)[number], number> = { approaching: 500, near: 100, arrived: 40 };
/** A stage is left only so much further out than it is reached, so that standing at its edge tells nothing again. */
const LEAVE_FACTOR = 1.5;
/** Having come nearer by less is no progress: receivers wander. */
const PROGRESS_METERS = 50;

/** How far a driver has come: the number of stages reached, and the least distance seen. */
export type Approach = { stage: number; closestMeters: number | null };

export function approach({ stage, closestMeters }: Approach, distance: number): Approach & { isProgress: boolean } {
  const metersOf = (index: number) => LADDER[ARRIVAL_STAGES[index] ?? 'arrived'];
  let next = stage;
  while (next < ARRIVAL_STAGES.length && distance <= metersOf(next)) next += 1;
  while (next > 0 && distance > metersOf(next - 1) * LEAVE_FACTOR) next -= 1;
  const isProgress = closestMeters === null || distance < closestMeters - PROGRESS_METERS;
  return { stage: next, closestMeters: isProgress ? distance : closestMeters, isProgress };
}
