import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { addProtocol } from 'maplibre-gl';
import { PMTiles, Protocol, TileType } from 'pmtiles';
import type { Look } from '../styles/look.ts';

/* Grounds of somebody's own: tiles of pictures, or a file of tiles that the console's service serves. */

const PICTURE_PX = 256;

export function pictures(url: string): StyleSpecification {
  return {
    version: 8,
    sources: { tiles: { type: 'raster', tiles: [url], tileSize: PICTURE_PX } },
    layers: [{ id: 'tiles', type: 'raster', source: 'tiles' }],
  };
}

let protocol: Protocol | undefined;

/** Whatever is in the file is drawn quietly, by its geometry: which names its layers have differs from maker to maker. */
export async function fromFile(look: Look): Promise<StyleSpecification> {
  const url = `${location.origin}/map/tiles.pmtiles`;
  const file = new PMTiles(url);
  if (!protocol) {
    protocol = new Protocol();
    addProtocol('pmtiles', protocol.tile);
  }
  protocol.add(file);
  const { tileType } = await file.getHeader();
  if (tileType !== TileType.Mvt) {
    return {
      version: 8,
      sources: { tiles: { type: 'raster', url: `pmtiles://${url}`, tileSize: PICTURE_PX } },
      layers: [{ id: 'tiles', type: 'raster', source: 'tiles' }],
    };
  }
  const { vector_layers: layers = [] } = (await file.getMetadata()) as { vector_layers?: { id: string }[] }; // as its specification says
  return {
    version: 8,
    sources: { tiles: { type: 'vector', url: `pmtiles://${url}` } },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': look.ground } },
      ...layers.flatMap(({ id }) => drawn(id, look)),
    ],
  };
}

function drawn(id: string, look: Look): LayerSpecification[] {
  const from = { source: 'tiles', 'source-layer': id };
  return [
    {
      ...{ id: `${id} surfaces`, type: 'fill', ...from },
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': /water|ocean/.test(id) ? look.line : look.raised, 'fill-opacity': 0.7 },
    },
    {
      ...{ id: `${id} lines`, type: 'line', ...from },
      filter: ['==', ['geometry-type'], 'LineString'],
      paint: { 'line-color': look.line, 'line-width': 1 },
    },
  ];
}
