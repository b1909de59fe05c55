/** What a client may send in a second, and for how many seconds it may save up what it did not send. */
export type AllowanceLimits = { maxFramesPerSecond: number; maxBytesPerSecond: number; savedSeconds: number };

/** What it may still send; grows with each second since `countedAt`. */
export type Allowance = { framesLeft: number; bytesLeft: number; countedAt: number };

export function firstAllowance({ maxFramesPerSecond, maxBytesPerSecond }: AllowanceLimits, now: number): Allowance {
  return { framesLeft: maxFramesPerSecond, bytesLeft: maxBytesPerSecond, countedAt: now };
}

/** Takes a frame of so many bytes off it. False when that was more than there was left. */
export function spend(allowance: Allowance, bytes: number, at: { now: number; limits: AllowanceLimits }): boolean {
  refill(allowance, at);
  allowance.framesLeft -= 1;
  allowance.bytesLeft -= bytes;
  return allowance.framesLeft >= 0 && allowance.bytesLeft >= 0;
}

/** By whole seconds, so that a burst gets no more than its second's worth while it is read. */
function refill(allowance: Allowance, { now, limits }: { now: number; limits: AllowanceLimits }): void {
  const seconds = Math.floor((now - allowance.countedAt) / 1_000);
  if (seconds < 1) return;
  const { maxFramesPerSecond, maxBytesPerSecond, savedSeconds } = limits;
  allowance.countedAt += seconds * 1_000;
  allowance.framesLeft = Math.min(
    allowance.framesLeft + seconds * maxFramesPerSecond,
    savedSeconds * maxFramesPerSecond,
  );
  allowance.bytesLeft = Math.min(allowance.bytesLeft + seconds * maxBytesPerSecond, savedSeconds * maxBytesPerSecond);
}
