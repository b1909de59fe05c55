import type { GeoJSONSource, Map as MapLibre, MapMouseEvent, MapOptions } from 'maplibre-gl';
import type { Area } from '../data/area.ts';

export type Pick = { driver: string } | { booking: string } | undefined;
type Watcher = {
  /** What shows now; `at` is the same as an address has it. */
  onArea: (area: Area, at: string) => void;
  onPick: (pick: Pick) => void;
};

/** A finger is not finer than this. */
const REACH_PX = 8;
const NEARER = 2;

/**
 * Tells what somebody points at, and what shows whenever that changes; what is returned tells it at once. Where many are
 * one figure, pointing goes nearer.
 */
export function watchMap(map: MapLibre, { onArea, onPick }: Watcher): () => void {
  const tellArea = () => {
    const bounds = map.getBounds();
    const { lng, lat } = map.getCenter();
    onArea(
      { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() },
      `${lat.toFixed(5)},${lng.toFixed(5)},${map.getZoom().toFixed(2)}`,
    );
  };
  map.on('moveend', tellArea);
  map.on('click', (event) => {
    const found = lookAround(map, event, ['drivers', 'clusters', 'ends', 'trips']);
    const { cluster_id: cluster, driver_id: driver, booking_id: booking } = found?.properties ?? {};
    if (cluster !== undefined) void goNearer(map, event, Number(cluster));
    else onPick(driver !== undefined ? { driver } : booking !== undefined ? { booking } : undefined);
  });
  map.on('mousemove', (event) => {
    const isOver = lookAround(map, event, ['drivers', 'clusters', 'ends']) !== undefined;
    map.getCanvas().style.cursor = isOver ? 'pointer' : '';
  });
  return tellArea;
}

/** What is meant first stands first in `layers`. */
function lookAround(map: MapLibre, { point: { x, y } }: MapMouseEvent, layers: string[]) {
  const found = map.queryRenderedFeatures(
    [
      [x - REACH_PX, y - REACH_PX],
      [x + REACH_PX, y + REACH_PX],
    ],
    { layers },
  );
  return layers.flatMap((layer) => found.filter((feature) => feature.layer.id === layer))[0];
}

async function goNearer(map: MapLibre, { lngLat }: MapMouseEvent, cluster: number): Promise<void> {
  const zoom = await map
    .getSource<GeoJSONSource>('drivers')
    ?.getClusterExpansionZoom(cluster)
    .catch(() => undefined); // it was made anew meanwhile
  map.easeTo({ center: lngLat, zoom: zoom ?? map.getZoom() + NEARER });
}

/** Undefined where the address does not say, or says nothing that can be. */
export function readCamera(at: string | null): Partial<MapOptions> | undefined {
  const [latitude = Number.NaN, longitude = Number.NaN, zoom = Number.NaN] = (at ?? '').split(',').map(Number);
  const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 540;
  return isPlace && zoom >= 0 && zoom <= 22 ? { center: [longitude, latitude], zoom } : undefined;
}
