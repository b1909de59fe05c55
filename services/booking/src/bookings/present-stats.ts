import { toAmount } from '../pricing/money.ts';
import type { Group, Range } from './stats.ts';

const HOUR_MS = 3_600_000;
const KEYS = ['vehicleType', 'hour', 'currency', 'status'] as const;
type Key = (typeof KEYS)[number];
type GroupBy<K extends Key> = Group & { [key in K]: NonNullable<Group[key]> };

/** The groups by exactly these. */
function groupsBy<K extends Key = never>(groups: readonly Group[], ...by: K[]): GroupBy<K>[] {
  return groups.filter((group): group is GroupBy<K> =>
    KEYS.every((key) => (group[key] !== null) === by.some((each) => each === key)),
  );
}

/** What the API shows of the groups: the whole, and by each of what they are by. */
export function presentGroups(groups: readonly Group[], range: Range) {
  const values = valuesOf(groups);
  const present = (group: Group | undefined) => ({
    bookings: group?.bookings ?? 0,
    offered: group?.offered ?? 0,
    accepted: group?.accepted ?? 0,
    collected: group?.collected ?? 0,
    trips_completed: group?.tripsCompleted ?? 0,
    cancelled: group?.cancelled ?? 0,
    no_driver_found: group?.noDriverFound ?? 0,
    average_trip_seconds: group?.averageTripSeconds ?? null,
    average_search_seconds: group?.averageSearchSeconds ?? null,
    ...presentValue(values.get(valueKey(group)) ?? []),
  });
  return {
    total: present(groupsBy(groups)[0]),
    by_vehicle_type: groupsBy(groups, 'vehicleType').map((group) => ({
      vehicle_type: group.vehicleType,
      ...present(group),
    })),
    by_hour: groupsBy(groups, 'hour').map((group) => ({ hour: group.hour.toISOString(), ...present(group) })),
    by_status: groupsBy(groups, 'status').map(({ status, bookings }) => ({ status, bookings })),
    series: presentSeries(groups, range),
  };
}

type Amount = { currency: string; amount: number };

function presentValue(amounts: Amount[]) {
  return {
    completed_value: amounts.length > 1 ? null : (amounts[0]?.amount ?? 0),
    completed_values: amounts,
  };
}

/** What the completed trips of each group were worth, each currency by itself. */
function valuesOf(groups: readonly Group[]): Map<string, Amount[]> {
  const values = new Map<string, Amount[]>();
  for (const group of groups) {
    const { currency, completedMinor, tripsCompleted } = group;
    if (currency === null || tripsCompleted === 0) continue;
    const key = valueKey(group);
    values.set(key, [...(values.get(key) ?? []), { currency, amount: toAmount(completedMinor, currency) }]);
  }
  return values;
}

function valueKey(group: Pick<Group, 'vehicleType' | 'hour'> | undefined): string {
  return JSON.stringify([group?.vehicleType ?? null, group?.hour?.getTime() ?? null]);
}

/** By columns, as charts want it, and without holes. */
function presentSeries(groups: readonly Group[], { from, to }: Range) {
  const first = Math.floor(from.getTime() / HOUR_MS);
  const length = Math.ceil(to.getTime() / HOUR_MS) - first;
  const column = <Value>(value: Value) => Array.from({ length }, () => value);
  const byType = groupsBy(groups, 'vehicleType').map(({ vehicleType }) => ({
    vehicle_type: vehicleType,
    bookings: column(0),
    trips_completed: column(0),
    average_trip_seconds: column<number | null>(null),
    average_search_seconds: column<number | null>(null),
  }));
  const ofType = new Map(byType.map((series) => [series.vehicle_type, series]));
  for (const group of groupsBy(groups, 'vehicleType', 'hour')) {
    const series = ofType.get(group.vehicleType);
    const index = group.hour.getTime() / HOUR_MS - first;
    if (!series) continue;
    series.bookings[index] = group.bookings;
    series.trips_completed[index] = group.tripsCompleted;
    series.average_trip_seconds[index] = group.averageTripSeconds;
    series.average_search_seconds[index] = group.averageSearchSeconds;
  }
  const hours = Array.from({ length }, (_, index) => new Date((first + index) * HOUR_MS).toISOString());
  return { hours, by_vehicle_type: byType };
}
