import type { Map as MapLibre, MapOptions } from 'maplibre-gl';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Empty } from '../parts/states.tsx';
import { useTheme } from '../styles/look.ts';

type MapViewProps = {
  label: string;
  camera?: Partial<MapOptions>;
  /** Draws on the map, and says what ends it. */
  onMap: (map: MapLibre) => () => void;
};

/** A map, which is loaded when the first one is shown. With another theme it is made anew, at the same place. */
export function MapView({ label, camera = {}, onMap }: MapViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [fault, setFault] = useState<string>();
  const kept = useRef<Partial<MapOptions>>(undefined);
  const draw = useRef(onMap);
  draw.current = onMap;
  useEffect(() => {
    const container = frame.current?.appendChild(document.createElement('div'));
    if (!container) return undefined;
    let isGone = false;
    let end = () => container.remove();
    const start = async () => {
      const { createMap } = await import('./create-map.ts');
      const map = await createMap(container, kept.current ?? camera);
      const drawn = isGone ? undefined : draw.current(map);
      end = () => {
        kept.current = { center: map.getCenter(), zoom: map.getZoom() };
        drawn?.();
        map.remove();
        container.remove();
      };
      if (isGone) end();
    };
    start().catch((err: unknown) => {
      if (!isGone) setFault(err instanceof Error ? err.message : String(err));
    });
    return () => {
      isGone = true;
      end();
    };
  }, [theme]);
  return (
    <section class="map" aria-label={label} ref={frame}>
      {fault !== undefined && (
        <Empty title="The map cannot be drawn here.">
          <p>The lists have the same drivers and bookings. What the browser says: {fault}</p>
        </Empty>
      )}
    </section>
  );
}
