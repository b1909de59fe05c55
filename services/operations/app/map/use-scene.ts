import type { Map as MapLibre } from 'maplibre-gl';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Scene } from './scene.ts';

/** What is drawn on a map, as soon as there is one; `start` is for MapView. */
export function useScene(onReady?: (map: MapLibre) => void) {
  const [scene, setScene] = useState<Scene>();
  const isGone = useRef(false);
  useEffect(
    () => () => {
      isGone.current = true;
    },
    [],
  );
  const start = (map: MapLibre) => {
    void import('./scene.ts').then(({ addScene }) => {
      if (isGone.current || !map.getCanvas().isConnected) return; // it was left, or made anew, meanwhile
      setScene(addScene(map));
      onReady?.(map);
    });
    return () => setScene(undefined);
  };
  return { scene, start };
}
