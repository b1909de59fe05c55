import type { Config } from '../config.ts';

/** A believed fix, and what is known of the driver beside it. */
export type KnownFix = {
  recordedAt: Date;
  receivedAt: Date;
  /** Whether the device says, or shows, that it stands; null: neither. */
  stands: boolean | null;
  /** When the driver was last heard of, in whatever way; null: never since. */
  heardAt: Date | null;
};

/** For what it is to be shown: a trip, from its acceptance, of a driver on duty since; null: off duty. */
export type Shown = { tripStartedAt: Date; onDutySince: Date | null };

/**
 * Whether a fix may be shown as where the driver is now. It must have been fresh as it came: the end of a backlog is no
 * news, also when it says that the driver stood. Then it is live while it is fresh, or while the driver stands and is
 * heard of. What was recorded before the acceptance counts only for a driver who was on duty as it was recorded.
 */
export function isLive(
  { recordedAt, receivedAt, stands, heardAt }: KnownFix,
  { tripStartedAt, onDutySince }: Shown,
  { now, config }: { now: Date; config: Pick<Config, 'LIVE_POSITION_MAX_AGE_MS' | 'SIGNAL_DARK_AFTER_MS'> },
): boolean {
  if (!belongsToTrip(recordedAt, { tripStartedAt, onDutySince })) return false;
  const maxAgeMs = config.LIVE_POSITION_MAX_AGE_MS;
  if (receivedAt.getTime() - recordedAt.getTime() > maxAgeMs) return false;
  if (now.getTime() - recordedAt.getTime() <= maxAgeMs) return true;
  return stands === true && heardAt !== null && now.getTime() - heardAt.getTime() <= config.SIGNAL_DARK_AFTER_MS;
}

/** A driver off duty is on their own time: where they were then is not for the customer of a later trip. */
export function belongsToTrip(recordedAt: Date, { tripStartedAt, onDutySince }: Shown): boolean {
  return recordedAt >= tripStartedAt || (onDutySince !== null && recordedAt >= onDutySince);
}
