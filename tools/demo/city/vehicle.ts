import type { LatLon } from '@logi/contracts';
import type { Random } from '../../testing/random.ts';
import { type City, findPath, type GridPoint, type Path, pointAlong, randomPoint, toLatLon } from './city.ts';

/**
 * Metres per second in city traffic: what the type makes on average between its stops, and its most. And how far, as the
 * crow flies, people send things with it.
 */
export const VEHICLES = {
  bike: { averageSpeed: 4.8, topSpeed: 7.5, tripMeters: [400, 1_100] },
  car: { averageSpeed: 8.2, topSpeed: 13.9, tripMeters: [600, 1_900] },
  van: { averageSpeed: 7.4, topSpeed: 12.5, tripMeters: [600, 1_800] },
  truck: { averageSpeed: 6.6, topSpeed: 11, tripMeters: [700, 1_700] },
} as const;
export type VehicleType = keyof typeof VEHICLES;

/** Drivers come in this order, so that also a few of them are of several kinds. */
export const FLEET = interleave({ bike: 5, car: 5, van: 3, truck: 2 });
/** What users ask for: somewhat less of each than there is. */
export const ORDERS = interleave({ bike: 7, car: 7, van: 4, truck: 2 });

function interleave(counts: Record<VehicleType, number>): VehicleType[] {
  const types = Object.keys(counts) as VehicleType[]; // Object.keys forgets the key type
  const placed = types.flatMap((type) =>
    Array.from({ length: counts[type] }, (_, index) => ({ type, at: (index + 0.5) / counts[type] })),
  );
  return placed.sort((a, b) => a.at - b.at).map(({ type }) => type);
}

const NOISE_METERS = 4;
/** How much of the traffic's mood a moment keeps from the moment before. */
const INERTIA = 0.6;

export type Reading = LatLon & { accuracy: number; speed: number; heading: number };

/** A vehicle on the streets, in simulated time. */
export class Vehicle {
  readonly type: VehicleType;
  readonly #city: City;
  readonly #random: Random;
  #point: GridPoint;
  #path: Path = [];
  #traveledMeters = 0;
  #mood = 1;
  #speed = 0;
  #heading: number;

  constructor(options: { type: VehicleType; city: City; random: Random }) {
    this.type = options.type;
    this.#city = options.city;
    this.#random = options.random;
    this.#point = randomPoint(options.city, options.random);
    this.#heading = options.random.between(0, 360);
  }

  get point(): GridPoint {
    return this.#point;
  }

  get isDriving(): boolean {
    return this.#path.length > 0;
  }

  driveTo(destination: GridPoint): void {
    this.#path = findPath(this.#city, [this.#point, destination], this.#random);
    this.#traveledMeters = 0;
  }

  stop(): void {
    this.#path = [];
    this.#speed = 0;
  }

  /** Lets simulated time pass. */
  move(seconds: number): void {
    const { averageSpeed, topSpeed } = VEHICLES[this.type];
    this.#mood = INERTIA * this.#mood + (1 - INERTIA) * this.#random.between(0.4, 1.6);
    if (!this.isDriving) return;
    this.#speed = Math.min(topSpeed, averageSpeed * this.#mood);
    this.#traveledMeters += this.#speed * seconds;
    const now = pointAlong(this.#path, this.#traveledMeters);
    this.#point = now?.point ?? this.#path.at(-1) ?? this.#point;
    this.#heading = now?.heading ?? this.#heading;
    if (!now) this.stop();
  }

  /** What the phone's GPS says: never quite where the vehicle is. */
  read(): Reading {
    const noise = () => (this.#random.next() + this.#random.next() - 1) * NOISE_METERS;
    return {
      ...toLatLon({ x: this.#point.x + noise(), y: this.#point.y + noise() }),
      accuracy: Number(this.#random.between(3, 12).toFixed(1)),
      speed: Number(this.#speed.toFixed(1)),
      heading: Math.round(this.#heading) % 360,
    };
  }
}
