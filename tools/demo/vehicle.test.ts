import { expect, test } from '@jest/globals';
import { createRandom } from '../testing/random.ts';
import { buildCity, fromLatLon, type Place, straightMeters } from './city.ts';
import { VEHICLES, Vehicle, type VehicleType } from './vehicle.ts';

const TICK_SECONDS = 1;

function drive(type: VehicleType): { places: Place[]; destination: Place; vehicle: Vehicle } {
  const random = createRandom(`vehicle.test ${type}`);
  const city = buildCity(random);
  const vehicle = new Vehicle({ type, city, random });
  const destination = { x: city.columns.at(0) ?? 0, y: city.rows.at(-1) ?? 0 };
  const places = [vehicle.place];
  vehicle.driveTo(destination);
  while (vehicle.isDriving && places.length < 10_000) {
    vehicle.move(TICK_SECONDS);
    places.push(vehicle.place);
  }
  return { places, destination, vehicle };
}

for (const type of Object.keys(VEHICLES) as VehicleType[]) {
  test(`a ${type} arrives, never faster than it can go, at about its average`, () => {
    const { places, destination } = drive(type);
    const { topSpeed, averageSpeed } = VEHICLES[type];
    const speeds = places.slice(1).map((place, index) => straightMeters(places[index] ?? place, place) / TICK_SECONDS);
    expect(places.at(-1)).toEqual(destination);
    expect(Math.max(...speeds)).toBeLessThanOrEqual(topSpeed);
    const mean = speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length;
    expect(mean).toBeGreaterThan(averageSpeed * 0.8);
    expect(mean).toBeLessThan(averageSpeed * 1.2);
  });
}

test('the GPS is a few metres off, and never twice the same', () => {
  const { vehicle } = drive('car');
  const readings = Array.from({ length: 100 }, () => vehicle.read());
  for (const reading of readings) expect(straightMeters(fromLatLon(reading), vehicle.place)).toBeLessThan(6);
  expect(new Set(readings.map(({ latitude, longitude }) => `${latitude} ${longitude}`)).size).toBe(100);
  expect(vehicle.read().speed).toBe(0);
});
