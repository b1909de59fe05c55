import type { FeatureCollection, MultiLineString } from 'geojson';
import type { ExpressionSpecification, StyleSpecification } from 'maplibre-gl';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import worldUrl from 'world-atlas/countries-50m.json?url';
import type { Look } from './look.ts';

type World = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;
type Shapes = { land: FeatureCollection; borders: MultiLineString };

let world: Promise<Shapes> | undefined;

function loadWorld(): Promise<Shapes> {
  world ??= (async () => {
    const response = await fetch(worldUrl);
    const topology: World = await response.json();
    return {
      land: feature(topology, topology.objects.land),
      borders: mesh(topology, topology.objects.countries, (a, b) => a !== b),
    };
  })();
  return world;
}

/** From here on its coasts are wrong by streets, so there is neither land nor sea. */
const TRUE_UP_TO = 8;
const GONE_FROM = 10;
const fade = (from: number, to: number): ExpressionSpecification => [
  'interpolate',
  ['linear'],
  ['zoom'],
  ...[TRUE_UP_TO, from, GONE_FROM, to],
];

/** The world as Natural Earth has it, with nothing asked of anybody: enough to see which city it is. */
export async function ownGround(look: Look): Promise<StyleSpecification> {
  const { land, borders } = await loadWorld();
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: land, attribution: 'Natural Earth' },
      borders: { type: 'geojson', data: borders },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': look.raised } },
      { id: 'plain', type: 'background', paint: { 'background-color': look.ground, 'background-opacity': fade(0, 1) } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': look.ground, 'fill-opacity': fade(1, 0) } },
      { id: 'coast', type: 'line', source: 'land', paint: { 'line-color': look.line, 'line-opacity': fade(1, 0) } },
      {
        id: 'borders',
        type: 'line',
        source: 'borders',
        paint: { 'line-color': look.line, 'line-opacity': fade(1, 0) },
      },
    ],
  };
}
