import { ARRIVAL_STAGES } from '@logi/contracts';

/** At which distance each stage is reached, in metres. */
const LADDER: Record<(typeof ARRIVAL_STAGES)[number], number> = { approaching: 500, near: 100, arrived: 40 };
/** A stage is left only so much further out than it is reached, so that standing at its edge tells nothing again. */
const LEAVE_FACTOR = 1.5;
/** Having come nearer by less is no progress: receivers wander. */
const PROGRESS_METERS = 50;
/** A fix that is less exact says nothing about the last metres, so it changes no stage. */
const MAX_STAGE_ACCURACY_METERS = 50;

/** How far a driver has come: the number of stages reached, and the least distance seen. */
export type Approach = { stage: number; closestMeters: number | null };

/** An inexact fix is progress only if its driver is nearer wherever within its circle they are. */
export function approach(
  { stage, closestMeters }: Approach,
  distance: number,
  accuracy: number | null = null,
): Approach & { isProgress: boolean } {
  const radius = accuracy ?? 0;
  const isExact = radius <= MAX_STAGE_ACCURACY_METERS;
  const distanceAtMost = isExact ? distance : distance + radius;
  const isProgress = closestMeters === null || distanceAtMost < closestMeters - PROGRESS_METERS;
  return {
    stage: isExact ? nextStage(stage, distance) : stage,
    closestMeters: isProgress ? distanceAtMost : closestMeters,
    isProgress,
  };
}

function nextStage(stage: number, distance: number): number {
  const metersOf = (index: number) => LADDER[ARRIVAL_STAGES[index] ?? 'arrived'];
  let next = stage;
  while (next < ARRIVAL_STAGES.length && distance <= metersOf(next)) next += 1;
  while (next > 0 && distance > metersOf(next - 1) * LEAVE_FACTOR) next -= 1;
  return next;
}
