import type { Config } from '../config.ts';
import type { JudgingRules } from './judge-driver.ts';

type Speeds = Pick<Config, 'MAX_SPEED_BY_VEHICLE_TYPE' | 'MAX_SPEED_METERS_PER_SECOND'>;

/** In metres per second. A driver whose type is not known, or not named by the operator, may have any vehicle. */
export function maxSpeedOf(vehicleType: string | null, config: Speeds): number {
  const ofType = vehicleType === null ? undefined : config.MAX_SPEED_BY_VEHICLE_TYPE.get(vehicleType);
  return ofType ?? config.MAX_SPEED_METERS_PER_SECOND;
}

/** By which rules a driver with a vehicle of this type is judged. */
export type RulesFor = (vehicleType: string | null) => JudgingRules;

/** One set for each type, made once: they are asked for with each driver of each flush. */
export function createRules(config: Speeds & Pick<Config, 'PLAUSIBILITY' | 'SIGNAL_DARK_AFTER_MS'>): RulesFor {
  const rulesOf = (vehicleType: string | null): JudgingRules => ({
    plausibility: config.PLAUSIBILITY,
    maxSpeed: maxSpeedOf(vehicleType, config),
    silentMs: config.SIGNAL_DARK_AFTER_MS,
  });
  const otherwise = rulesOf(null);
  const byType = new Map([...config.MAX_SPEED_BY_VEHICLE_TYPE.keys()].map((type) => [type, rulesOf(type)]));
  return (vehicleType) => (vehicleType === null ? otherwise : (byType.get(vehicleType) ?? otherwise));
}
