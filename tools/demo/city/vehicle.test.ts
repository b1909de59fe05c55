import { expect, test } from '@jest/globals';
import { createRandom } from '../../testing/random.ts';
import { buildCity, fromLatLon, type GridPoint, straightMeters } from './city.ts';
import { VEHICLES, Vehicle, type VehicleType } from './vehicle.ts';

const TICK_SECONDS = 1;

function drive(type: VehicleType): { points: GridPoint[]; destination: GridPoint; vehicle: Vehicle } {
  const random = createRandom(`vehicle.test ${type}`);
  const city = buildCity(random);
  const vehicle = new Vehicle({ type, city, random });
  const destination = { x: city.columns.at(0) ?? 0, y: city.rows.at(-1) ?? 0 };
  const points = [vehicle.point];
  vehicle.driveTo(destination);
  while (vehicle.isDriving && points.length < 10_000) {
    vehicle.move(TICK_SECONDS);
    points.push(vehicle.point);
  }
  return { points, destination, vehicle };
}

for (const type of Object.keys(VEHICLES) as VehicleType[]) {
  test(`a ${type} arrives, never faster than it can go, at about its average`, () => {
    const { points, destination } = drive(type);
    const { topSpeed, averageSpeed } = VEHICLES[type];
    const speeds = points.slice(1).map((place, index) => straightMeters(points[index] ?? place, place) / TICK_SECONDS);
    expect(points.at(-1)).toEqual(destination);
    expect(Math.max(...speeds)).toBeLessThanOrEqual(topSpeed);
    const mean = speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length;
    expect(mean).toBeGreaterThan(averageSpeed * 0.8);
    expect(mean).toBeLessThan(averageSpeed * 1.2);
  });
}

test('the GPS is a few metres off, and never twice the same', () => {
  const { vehicle } = drive('car');
  const readings = Array.from({ length: 100 }, () => vehicle.read());
  for (const reading of readings) expect(straightMeters(fromLatLon(reading), vehicle.point)).toBeLessThan(6);
  expect(new Set(readings.map(({ latitude, longitude }) => `${latitude} ${longitude}`)).size).toBe(100);
  expect(vehicle.read().speed).toBe(0);
});
