import type { GeoJSONSource, MapOptions, StyleSpecification } from 'maplibre-gl';
import { Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { ask } from '../data/api.ts';
import { type Look, readLook } from '../styles/look.ts';
import { graticule } from './graticule.ts';
import { ownGround } from './ground.ts';
import { fromFile, pictures } from './tiles.ts';

setWorkerUrl(workerUrl);

type MapSettings = { style_url: string | null; tiles_url: string | null; has_file: boolean };

/** A map that is ready to be drawn on, with its ground below. */
export async function createMap(container: HTMLElement, camera: Partial<MapOptions>): Promise<MapLibre> {
  const look = readLook();
  const { map: settings } = await ask<{ map: MapSettings }>('/v1/session');
  const map = new MapLibre({
    center: [10, 30],
    zoom: 1.5,
    ...camera,
    container,
    style: await groundOf(settings, look),
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: { compact: false },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl(), 'bottom-right');
  await map.once('load');
  if (settings.style_url === null && settings.tiles_url === null) {
    await addStreets(map, look);
    addGraticule(map, look);
  }
  return map;
}

function groundOf(
  { style_url, tiles_url, has_file }: MapSettings,
  look: Look,
): Promise<StyleSpecification> | StyleSpecification | string {
  if (style_url !== null) return style_url;
  if (tiles_url !== null) return pictures(tiles_url);
  return has_file ? fromFile(look) : ownGround(look);
}

/** Of a city that somebody has drawn, as the demo does. */
async function addStreets(map: MapLibre, look: Look): Promise<void> {
  const answer = await fetch('/map/streets.geojson');
  if (answer.status !== 200) return;
  map.addSource('streets', { type: 'geojson', data: await answer.json() });
  map.addLayer({
    id: 'streets',
    type: 'line',
    source: 'streets',
    layout: { 'line-cap': 'round' },
    paint: { 'line-color': look.line, 'line-width': ['interpolate', ['exponential', 2], ['zoom'], 11, 1, 16, 12] },
  });
}

function addGraticule(map: MapLibre, look: Look): void {
  map.addSource('graticule', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
  map.addLayer({
    id: 'graticule',
    type: 'line',
    source: 'graticule',
    paint: { 'line-color': look.line, 'line-width': 0.5 },
  });
  for (const [edge, anchor] of [
    ['left', 'left'],
    ['bottom', 'bottom'],
  ] as const) {
    map.addLayer({
      ...{ id: `graticule ${edge}`, type: 'symbol', source: 'graticule' },
      filter: ['==', ['get', 'edge'], edge],
      layout: { 'text-field': ['get', 'text'], 'text-size': 10, 'text-anchor': anchor, 'text-padding': 0 },
      paint: { 'text-color': look.quiet, 'text-halo-color': look.ground, 'text-halo-width': 1 },
    });
  }
  const draw = () => {
    const bounds = map.getBounds();
    const box = { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
    void map.getSource<GeoJSONSource>('graticule')?.setData({ type: 'FeatureCollection', features: graticule(box) });
  };
  map.on('moveend', draw);
  draw();
}
