import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type City, type GridPoint, toLatLon } from '../city/city.ts';

/** Leaves the streets where the console's map looks for them. Returns how to take them away. */
export async function showStreets(city: City, file: string): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(streetsOf(city)));
  return () => rm(file, { force: true });
}

function streetsOf({ columns, rows }: City) {
  const [west, east] = [columns[0] ?? 0, columns.at(-1) ?? 0];
  const [south, north] = [rows[0] ?? 0, rows.at(-1) ?? 0];
  const streets = [
    ...columns.map(
      (x) =>
        [
          { x, y: south },
          { x, y: north },
        ] as const,
    ),
    ...rows.map(
      (y) =>
        [
          { x: west, y },
          { x: east, y },
        ] as const,
    ),
  ];
  return { type: 'FeatureCollection', features: streets.map((ends) => lineOf(ends)) };
}

function lineOf(ends: readonly GridPoint[]) {
  const coordinates = ends.map(toLatLon).map(({ latitude, longitude }) => [longitude, latitude]);
  return { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } };
}
