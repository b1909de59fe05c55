import type { Feature, FeatureCollection, Position } from 'geojson';
import type { ExpressionSpecification, StyleSpecification } from 'maplibre-gl';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import worldUrl from 'world-atlas/countries-50m.json?url';
import type { Look } from '../styles/look.ts';
import { type Place, unwrapped } from './features.ts';

type World = Topology<{ countries: GeometryCollection }>;

let world: Promise<FeatureCollection> | undefined;

/** Country by country: all land as one shape is more than a map can fill without tears. */
function loadWorld(): Promise<FeatureCollection> {
  world ??= (async () => {
    const response = await fetch(worldUrl);
    const topology: World = await response.json();
    const { features } = feature(topology, topology.objects.countries);
    return { type: 'FeatureCollection', features: features.map(flat) };
  })();
  return world;
}

function flat({ geometry, ...rest }: Feature): Feature {
  const rings = (polygon: Position[][]) => polygon.map((ring) => unwrapped(ring as Place[])); // it has no heights
  switch (geometry.type) {
    case 'Polygon':
      return { ...rest, geometry: { ...geometry, coordinates: rings(geometry.coordinates) } };
    case 'MultiPolygon':
      return { ...rest, geometry: { ...geometry, coordinates: geometry.coordinates.map(rings) } };
    default:
      return { ...rest, geometry };
  }
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
  const data = await loadWorld();
  return {
    version: 8,
    sources: { countries: { type: 'geojson', data, attribution: 'Natural Earth' } },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': look.raised } },
      { id: 'plain', type: 'background', paint: { 'background-color': look.ground, 'background-opacity': fade(0, 1) } },
      {
        ...{ id: 'countries', type: 'fill', source: 'countries' },
        paint: { 'fill-color': look.ground, 'fill-opacity': fade(1, 0) },
      },
      {
        ...{ id: 'borders', type: 'line', source: 'countries' },
        paint: { 'line-color': look.line, 'line-opacity': fade(1, 0) },
      },
    ],
  };
}
