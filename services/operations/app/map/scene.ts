import type { Feature } from 'geojson';
import { type GeoJSONSource, type LayerSpecification, LngLatBounds, type Map as MapLibre } from 'maplibre-gl';
import { type Look, readLook } from '../styles/look.ts';
import type { Place } from './features.ts';
import { addShapes } from './shapes.ts';

/** What is drawn above the ground, each by its name, from below to above. */
const SOURCES = ['radius', 'trips', 'trail', 'gaps', 'ends', 'selected', 'drivers', 'replay'] as const;
export type SourceName = (typeof SOURCES)[number];

/** Nearer than this every driver is one shape; farther away many are one figure. */
const CLUSTERED_UP_TO = 10;
const CLUSTER_PX = 45;
const FIT_PX = 50;
const FIT_UP_TO = 15;

export type Scene = {
  set: (name: SourceName, features: readonly Feature[]) => void;
  /** Shows all of these places. */
  fit: (places: readonly Place[]) => void;
  /** Near enough that drivers are shapes and not figures. */
  isNear: () => boolean;
};

export function addScene(map: MapLibre): Scene {
  const look = readLook();
  addShapes(map, look);
  for (const name of SOURCES) {
    map.addSource(name, {
      type: 'geojson',
      data: collection([]),
      ...(name === 'drivers' && { cluster: true, clusterMaxZoom: CLUSTERED_UP_TO, clusterRadius: CLUSTER_PX }),
    });
  }
  for (const layer of layers(look)) map.addLayer(layer);
  return {
    set: (name, features) => void map.getSource<GeoJSONSource>(name)?.setData(collection(features)),
    fit: (places) => {
      const bounds = new LngLatBounds();
      for (const place of places) bounds.extend(place);
      if (!bounds.isEmpty()) map.fitBounds(bounds, { padding: FIT_PX, maxZoom: FIT_UP_TO, animate: false });
    },
    isNear: () => map.getZoom() > CLUSTERED_UP_TO,
  };
}

function collection(features: readonly Feature[]) {
  return { type: 'FeatureCollection' as const, features: [...features] };
}

function layers(look: Look): LayerSpecification[] {
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
  return [
    { id: 'radius', type: 'line', source: 'radius', paint: { 'line-color': look.watch, 'line-dasharray': [4, 3] } },
    {
      ...{ id: 'trips', type: 'line', source: 'trips', layout: round },
      paint: { 'line-color': look.quiet, 'line-width': 1, 'line-dasharray': [2, 3], 'line-opacity': 0.7 },
    },
    { id: 'gaps', type: 'line', source: 'gaps', paint: { 'line-color': look.accent, 'line-dasharray': [1, 2] } },
    {
      ...{ id: 'trail', type: 'line', source: 'trail', layout: round },
      paint: { 'line-color': look.accent, 'line-width': 3 },
    },
    {
      ...{ id: 'ends', type: 'symbol', source: 'ends' },
      layout: {
        'icon-image': ['get', 'icon'],
        'icon-size': 0.7,
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
    },
    {
      ...{ id: 'selected', type: 'circle', source: 'selected' },
      paint: {
        'circle-radius': 15,
        'circle-opacity': 0,
        'circle-stroke-color': look.accent,
        'circle-stroke-width': 2,
      },
    },
    {
      ...{ id: 'clusters', type: 'circle', source: 'drivers', filter: ['has', 'point_count'] },
      paint: {
        'circle-color': look.raised,
        'circle-stroke-color': look.good,
        'circle-stroke-width': 1.5,
        'circle-radius': ['step', ['get', 'point_count'], 12, 100, 16, 1_000, 22],
      },
    },
    {
      ...{ id: 'cluster counts', type: 'symbol', source: 'drivers', filter: ['has', 'point_count'] },
      layout: { 'text-field': ['get', 'point_count_abbreviated'], 'text-size': 11, 'text-allow-overlap': true },
      paint: { 'text-color': look.text },
    },
    { ...markers('drivers'), filter: ['!', ['has', 'point_count']] },
    markers('replay'),
  ];
}

function markers(source: SourceName) {
  return {
    id: source,
    type: 'symbol' as const,
    source,
    layout: {
      'icon-image': ['get', 'icon'] as ['get', string],
      'icon-rotate': ['get', 'heading'] as ['get', string],
      'icon-rotation-alignment': 'map' as const,
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
    },
    paint: { 'icon-opacity': ['get', 'brightness'] as ['get', string] },
  };
}
