import { z } from 'zod';
import { apiSchemas } from './api-schemas.ts';

/** What the driver wants, told by `PUT /v1/drivers/me/status`. Owned by tracking. */
export const driverDuty = z.enum(['Online', 'Offline']);
export type DriverDuty = z.infer<typeof driverDuty>;

/** Whether the driver is taken. Owned by booking, changed in the same transaction as the offer or the acceptance. */
export const driverWork = z.enum(['Free', 'Reserved', 'On Job']);
export type DriverWork = z.infer<typeof driverWork>;

/** How fresh the driver's last sign of life is: Live, then Stale, then Dark. Owned by tracking. */
export const driverSignal = z.enum(['Live', 'Stale', 'Dark']);
export type DriverSignal = z.infer<typeof driverSignal>;

/** What a driver on a job is on the way to. */
export const leg = z.enum(['pickup', 'dropoff']);
export type Leg = z.infer<typeof leg>;

/** How near they are to it. */
export const ARRIVAL_STAGES = ['approaching', 'near', 'arrived'] as const;
export const arrivalStage = z.enum(ARRIVAL_STAGES);

/** The one label that people see, made of the three. */
export const driverStatus = z
  .enum(['Available', 'Busy', 'Offline', 'Unreachable'])
  .register(apiSchemas, { id: 'DriverStatus' });
export type DriverStatus = z.infer<typeof driverStatus>;

/**
 * A driver who goes off duty during a job stays visible until the job ends. Stale is no reason to stop offering work:
 * a driver waiting at the kerb sends little; Dark is.
 */
export function driverLabel(driver: { duty: DriverDuty; work: DriverWork; signal: DriverSignal }): DriverStatus {
  if (driver.duty === 'Offline' && driver.work !== 'On Job') return 'Offline';
  if (driver.signal === 'Dark') return 'Unreachable';
  return driver.work === 'Free' ? 'Available' : 'Busy';
}
