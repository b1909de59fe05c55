import type { LatLon } from '@logi/contracts';
import type { Random } from '../../testing/random.ts';

/*
 * A city of straight streets around the middle of Berlin. Inside, places are metres from that middle, along the streets'
 * own two directions, so every point on a street shares its x with a column or its y with a row. The grid is turned
 * against north, and only what leaves this file is in degrees.
 */

const CENTRE: LatLon = { latitude: 52.52, longitude: 13.405 };
const METERS_PER_DEGREE = (Math.PI / 180) * 6_371_008.8;
const TURNED_BY = (14 * Math.PI) / 180;
const COLUMNS = 17;
const ROWS = 15;
const BLOCK_METERS = [140, 260] as const;

/** Metres from the city's middle. */
export type GridPoint = { x: number; y: number };
/** A way along the streets: the places where it may turn, from the first to the last. */
export type Path = readonly GridPoint[];
export type City = { columns: readonly number[]; rows: readonly number[] };
type Crossing = { column: number; row: number };

export function buildCity(random: Random): City {
  return { columns: streets(COLUMNS, random), rows: streets(ROWS, random) };
}

function streets(count: number, random: Random): number[] {
  const offsets = [0];
  while (offsets.length < count) offsets.push((offsets.at(-1) ?? 0) + random.between(...BLOCK_METERS));
  const middle = (offsets.at(-1) ?? 0) / 2;
  return offsets.map((offset) => offset - middle);
}

/** Somewhere along some street. */
export function randomPoint({ columns, rows }: City, random: Random): GridPoint {
  const along = (offsets: readonly number[]) => random.between(offsets[0] ?? 0, offsets.at(-1) ?? 0);
  return random.chance(0.5) ? { x: random.pick(columns), y: along(rows) } : { x: along(columns), y: random.pick(rows) };
}

export function isInCity({ columns, rows }: City, { x, y }: GridPoint): boolean {
  const isWithin = (offsets: readonly number[], value: number) =>
    value >= (offsets[0] ?? 0) - 1 && value <= (offsets.at(-1) ?? 0) + 1;
  return isWithin(columns, x) && isWithin(rows, y);
}

/** A shortest way along the streets; where several are as short, chance decides at each crossing. */
export function findPath(city: City, [from, to]: [GridPoint, GridPoint], random: Random): Path {
  const [starts, ends] = [crossingsBeside(city, from), crossingsBeside(city, to)];
  const isSameBlock = JSON.stringify(starts) === JSON.stringify(ends);
  if (isSameBlock && (from.x === to.x || from.y === to.y)) return [from, to];
  const ways = starts.flatMap((start) => ends.map((end) => ({ start, end })));
  const metersBy = ({ start, end }: (typeof ways)[number]) => {
    const [a, b] = [pointOf(city, start), pointOf(city, end)];
    return straightMeters(from, a) + Math.abs(a.x - b.x) + Math.abs(a.y - b.y) + straightMeters(b, to);
  };
  const best = ways.reduce((a, b) => (metersBy(b) < metersBy(a) ? b : a));
  return [from, ...stairs(best.start, best.end, random).map((crossing) => pointOf(city, crossing)), to];
}

/** The crossings at the ends of the piece of street where this place is; the block's corners for one off the streets. */
function crossingsBeside({ columns, rows }: City, { x, y }: GridPoint): Crossing[] {
  return beside(columns, x).flatMap((column) => beside(rows, y).map((row) => ({ column, row })));
}

function beside(offsets: readonly number[], value: number): number[] {
  const above = offsets.findIndex((offset) => offset >= value - 0.001);
  if (above === -1) return [offsets.length - 1];
  return above === 0 || Math.abs((offsets[above] ?? 0) - value) < 0.001 ? [above] : [above - 1, above];
}

function stairs(from: Crossing, to: Crossing, random: Random): Crossing[] {
  const steps: Crossing[] = [from];
  let { column, row } = from;
  while (column !== to.column || row !== to.row) {
    const [across, along] = [Math.abs(to.column - column), Math.abs(to.row - row)];
    if (random.next() * (across + along) < across) column += Math.sign(to.column - column);
    else row += Math.sign(to.row - row);
    steps.push({ column, row });
  }
  return steps;
}

function pointOf({ columns, rows }: City, { column, row }: Crossing): GridPoint {
  return { x: columns[column] ?? 0, y: rows[row] ?? 0 };
}

export function straightMeters(a: GridPoint, b: GridPoint): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

export function pathMeters(path: Path): number {
  return legs(path).reduce((sum, [from, to]) => sum + straightMeters(from, to), 0);
}

/** Where one is who has gone so far along the path, and the heading there; undefined beyond the path's end. */
export function pointAlong(path: Path, meters: number): { point: GridPoint; heading: number } | undefined {
  let left = meters;
  for (const [from, to] of legs(path)) {
    const length = straightMeters(from, to);
    if (left < length) {
      const part = left / length;
      const point = { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
      return { point, heading: headingOf(from, to) };
    }
    left -= length;
  }
  return undefined;
}

function legs(path: Path): [GridPoint, GridPoint][] {
  return path.slice(1).map((to, index) => [path[index] ?? to, to]);
}

/** Degrees clockwise from north. */
function headingOf(from: GridPoint, to: GridPoint): number {
  const degrees = ((Math.atan2(to.x - from.x, to.y - from.y) - TURNED_BY) * 180) / Math.PI;
  return (degrees + 720) % 360;
}

export function toLatLon({ x, y }: GridPoint): LatLon {
  const [sin, cos] = [Math.sin(TURNED_BY), Math.cos(TURNED_BY)];
  const [east, north] = [x * cos - y * sin, x * sin + y * cos];
  return {
    latitude: roundDegrees(CENTRE.latitude + north / METERS_PER_DEGREE),
    longitude: roundDegrees(
      CENTRE.longitude + east / (METERS_PER_DEGREE * Math.cos((CENTRE.latitude * Math.PI) / 180)),
    ),
  };
}

export function fromLatLon({ latitude, longitude }: LatLon): GridPoint {
  const [sin, cos] = [Math.sin(TURNED_BY), Math.cos(TURNED_BY)];
  const north = (latitude - CENTRE.latitude) * METERS_PER_DEGREE;
  const east = (longitude - CENTRE.longitude) * METERS_PER_DEGREE * Math.cos((CENTRE.latitude * Math.PI) / 180);
  return { x: east * cos + north * sin, y: north * cos - east * sin };
}

/** A centimetre, which is also fine enough for every noisy reading to be one of a kind. */
function roundDegrees(degrees: number): number {
  return Number(degrees.toFixed(7));
}
