import { apiSchemas, DomainError, optional } from '@logi/contracts';
import { z } from 'zod';
import type { BookingTx, VehicleType } from '../tables.ts';
import { toAmount, toMinor } from './money.ts';

const MAX_MINOR = 2 ** 31 - 1;
const MAX_SIZE = 2 ** 15 - 1;
const MAX_KILOMETERS_PER_HOUR = 200;

/** Amounts are as people write them, with the decimals of the currency. */
const rates = {
  currency: z.string().regex(/^[A-Z]{3}$/, 'three capital letters, as ISO 4217 has them'),
  base: z.number().min(0),
  per_kilometer: z.number().min(0),
  per_minute: z.number().min(0),
  minimum: z.number().min(0),
  /** What a vehicle of this type makes on average, traffic and traffic lights included. */
  average_kilometers_per_hour: z.number().min(1).max(MAX_KILOMETERS_PER_HOUR),
  /** Orders the types by what they can carry: a larger one can stand in for a smaller. */
  size: z.int().min(0).max(MAX_SIZE),
  is_offered: z.boolean(),
};
export const RATES_EXAMPLE = {
  vehicle_type: 'van',
  currency: 'EUR',
  base: 4,
  per_kilometer: 1.5,
  per_minute: 0.3,
  minimum: 8,
  average_kilometers_per_hour: 25,
  size: 3,
  is_offered: true,
};
export const vehicleTypeRates = z
  .object({ vehicle_type: z.string(), ...rates })
  .register(apiSchemas, { id: 'VehicleTypeRates', examples: [RATES_EXAMPLE] });

/** What is left out stays as it is; of a new type, only whether it is offered may be. */
export const vehicleTypeChange = z
  .strictObject({
    currency: optional(rates.currency),
    base: optional(rates.base),
    per_kilometer: optional(rates.per_kilometer),
    per_minute: optional(rates.per_minute),
    minimum: optional(rates.minimum),
    average_kilometers_per_hour: optional(rates.average_kilometers_per_hour),
    size: optional(rates.size),
    is_offered: optional(rates.is_offered),
  })
  .register(apiSchemas, { id: 'VehicleTypeChange', examples: [{ per_kilometer: 1.6 }] });

type Rates = z.infer<typeof vehicleTypeRates>;
type Change = z.infer<typeof vehicleTypeChange>;

const AMOUNTS = ['base', 'per_kilometer', 'per_minute', 'minimum'] as const;

export function presentVehicleType(row: VehicleType): Rates {
  const { currency } = row;
  return {
    vehicle_type: row.vehicleType,
    currency,
    base: toAmount(row.baseMinor, currency),
    per_kilometer: toAmount(row.perKilometerMinor, currency),
    per_minute: toAmount(row.perMinuteMinor, currency),
    minimum: toAmount(row.minimumMinor, currency),
    average_kilometers_per_hour: row.averageKilometersPerHour,
    size: row.size,
    is_offered: row.isOffered,
  };
}

/** Adds a type to the table, or changes one. Prices that were named before stay what they were. */
export async function putVehicleType(
  tx: BookingTx,
  vehicleType: string,
  change: Change,
): Promise<{ before: VehicleType | null; after: VehicleType }> {
  const row = await tx
    .selectFrom('vehicleType')
    .selectAll()
    .where('vehicleType', '=', vehicleType)
    .forUpdate()
    .executeTakeFirst();
  const values = toRow(complete(vehicleType, row, change));
  const after = await tx
    .insertInto('vehicleType')
    .values(values)
    .onConflict((conflict) => conflict.column('vehicleType').doUpdateSet(values))
    .returningAll()
    .executeTakeFirstOrThrow();
  return { before: row ?? null, after };
}

/** The type as it is to be, whole. */
function complete(vehicleType: string, row: VehicleType | undefined, change: Change): Rates {
  const before: Partial<Rates> = row ? presentVehicleType(row) : { vehicle_type: vehicleType, is_offered: true };
  // An amount in one currency says nothing about another.
  const isOtherMoney = change.currency !== undefined && change.currency !== before.currency;
  const kept = Object.entries(before).filter(([key]) => !isOtherMoney || !AMOUNTS.some((amount) => amount === key));
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const whole = vehicleTypeRates.safeParse(Object.fromEntries([...kept, ...given]));
  if (whole.success) return whole.data;
  const issues = whole.error.issues.map(({ path, message }) => ({ path: `/${path.join('/')}`, message }));
  throw new DomainError('invalid_request', { details: { in: 'body', issues } });
}

function toRow(type: Rates): VehicleType {
  const { currency } = type;
  const minor = (field: (typeof AMOUNTS)[number]) => {
    const value = toMinor(type[field], currency);
    if (value !== undefined && value <= MAX_MINOR) return value;
    const message = `${type[field]} is no amount of ${currency} that can be kept`;
    throw new DomainError('invalid_request', { details: { in: 'body', issues: [{ path: `/${field}`, message }] } });
  };
  return {
    vehicleType: type.vehicle_type,
    currency,
    baseMinor: minor('base'),
    perKilometerMinor: minor('per_kilometer'),
    perMinuteMinor: minor('per_minute'),
    minimumMinor: minor('minimum'),
    averageKilometersPerHour: type.average_kilometers_per_hour,
    size: type.size,
    isOffered: type.is_offered,
  };
}
