import { ARRIVAL_STAGES } from '@logi/contracts';

/** At which distance each stage is reached, in metres. */
const LADDER: Record<(typeof ARRIVAL_STAGES)[number], number> = { approaching: 500, near: 100, arrived: 40 };
/** A stage is left only so much further out than it is reached, so that standing at its edge tells nothing again. */
const LEAVE_FACTOR = 1.5;
/** Having come nearer by less is no progress: receivers wander. */
const PROGRESS_METERS = 50;
/**
 * Progress is being nearer than some minutes ago, not nearer than ever: who had to turn back, or was once reported where
 * they were not, comes nearer from where they are.
 */
const MAX_MARK_AGE_MS = 120_000;
/** A fix that is less exact says nothing about the last metres, so it changes no stage. */
const MAX_STAGE_ACCURACY_METERS = 50;

/** How far a driver has come: the number of stages reached, and the distance, with its time, that progress counts from. */
export type Approach = { stage: number; closestMeters: number | null; closestAt: Date | null };

/** An inexact fix is progress only if its driver is nearer wherever within its circle they are. */
export function approach(
  { stage, closestMeters, closestAt }: Approach,
  distance: number,
  { accuracy, recordedAt }: { accuracy: number | null; recordedAt: Date },
): Approach & { isProgress: boolean } {
  const radius = accuracy ?? 0;
  const isExact = radius <= MAX_STAGE_ACCURACY_METERS;
  const distanceAtMost = isExact ? distance : distance + radius;
  const isProgress = closestMeters === null || distanceAtMost < closestMeters - PROGRESS_METERS;
  // What is measured from is where they seemed to be: of an inexact fix the worst would make progress of standing still.
  const isMarkOld = closestAt === null || recordedAt.getTime() - closestAt.getTime() > MAX_MARK_AGE_MS;
  return {
    stage: isExact ? nextStage(stage, distance) : stage,
    ...(isProgress || isMarkOld ? { closestMeters: distance, closestAt: recordedAt } : { closestMeters, closestAt }),
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
