import type { Feature, LineString, Point } from 'geojson';

export type Box = { west: number; south: number; east: number; north: number };

const STEPS = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001] as const;
/** So many lines at the most across what shows. */
const MOST = 7;
const MAX_LATITUDE = 85;
/** A label on the very edge may belong to what does not show. */
const INSET = 0.01;

type Line = Feature<LineString, Record<string, never>>;
type Label = Feature<Point, { text: string; edge: 'left' | 'bottom' }>;

/**
 * Meridians and parallels around what shows, with their degrees at its edges: in a city the base map has nothing that
 * tells where one is.
 */
export function graticule({ west, south, east, north }: Box): (Line | Label)[] {
  const step = STEPS.findLast((each) => Math.max(east - west, north - south) / each <= MOST) ?? STEPS[0];
  const [width, height] = [east - west, north - south];
  const around = {
    west: west - width,
    east: east + width,
    south: Math.max(-MAX_LATITUDE, south - height),
    north: Math.min(MAX_LATITUDE, north + height),
  };
  const meridians = multiples(step, around.west, around.east);
  const parallels = multiples(step, around.south, around.north);
  return [
    ...meridians.map((x) => line([x, around.south], [x, around.north])),
    ...parallels.map((y) => line([around.west, y], [around.east, y])),
    ...meridians
      .filter((x) => x > west && x < east)
      .map((x) => label([x, south + INSET * height], degrees(wrap(x), step), 'bottom')),
    ...parallels
      .filter((y) => y > south && y < north)
      .map((y) => label([west + INSET * width, y], degrees(y, step), 'left')),
  ];
}

function multiples(step: number, from: number, to: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

function line(from: [number, number], to: [number, number]): Line {
  return { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [from, to] } };
}

function label(coordinates: [number, number], text: string, edge: 'left' | 'bottom'): Label {
  return { type: 'Feature', properties: { text, edge }, geometry: { type: 'Point', coordinates } };
}

function wrap(longitude: number): number {
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

function degrees(value: number, step: number): string {
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  return `${value.toFixed(decimals)}°`;
}
