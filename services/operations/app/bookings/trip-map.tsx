import { type Booking, isAssigned } from '@logi/contracts';
import { useEffect } from 'preact/hooks';
import { type Dispatch, getLocation, getTrail, type Location, orNone, type Trail } from '../data/bookings.ts';
import { useNow } from '../data/clock.ts';
import { useAsked } from '../data/use-asked.ts';
import { brightness, circle, line, type Place, point, trip } from '../map/features.ts';
import { MapView } from '../map/map-view.tsx';
import { Replay } from '../map/replay.tsx';
import type { Scene } from '../map/scene.ts';
import { useScene } from '../map/use-scene.ts';
import { kilometers } from '../parts/money.ts';
import { relative } from '../parts/time.tsx';

const EVERY_MS = 3_000;

type TripMapProps = { booking: Booking; dispatch: Dispatch | undefined };

/** Where it goes, where its driver has been, and where they are. */
export function TripMap({ booking, dispatch }: TripMapProps) {
  const { booking_id: id, status } = booking;
  const everyMs = isAssigned(status) ? EVERY_MS : undefined;
  const { answer: trail } = useAsked(`trail ${id}`, (signal) => orNone(getTrail(id, signal)), everyMs);
  const { answer: location = null } = useAsked(
    `location ${id} ${isAssigned(status)}`,
    (signal) => orNone(getLocation(id, signal)),
    everyMs,
  );
  const { scene, start } = useScene();
  const isKnown = trail !== undefined;
  useEffect(() => {
    if (scene) draw(scene, { booking, trail, location, dispatch });
  });
  // Once, as soon as it is known where all of it is.
  useEffect(() => {
    const { pickup_location: from, dropoff_location: to } = booking;
    if (isKnown) scene?.fit([from.coordinates, to.coordinates, ...(trail?.geometry?.coordinates ?? [])]);
  }, [scene, isKnown]);
  const { times = [] } = trail?.properties.coordinateProperties ?? {};
  return (
    <section class="trip" aria-label="Trip">
      <MapView label="Map of the trip" onMap={start} />
      <p class="fine">
        <span class="key pickup" /> pickup <span class="key dropoff" /> drop-off. <Where location={location} />{' '}
        {trail ? `${kilometers(trail.properties.distance_meters)} driven.` : 'Nothing has been driven for it yet.'}
      </p>
      {trail?.geometry && times.length > 1 && (
        <Replay
          places={trail.geometry.coordinates}
          times={times.map((time) => Date.parse(time))}
          onMove={(place) =>
            scene?.set('replay', place ? [point(place, { icon: 'Busy dot', heading: 0, brightness: 1 })] : [])
          }
        />
      )}
    </section>
  );
}

function Where({ location }: { location: Location | null }) {
  const now = useNow();
  if (!location) return null;
  const heard = relative(Date.parse(location.recorded_at), now);
  return (
    <>
      {location.is_live ? `The driver was here ${heard}.` : `The driver was last here ${heard}, and may be elsewhere.`}
    </>
  );
}

type Drawn = {
  booking: Booking;
  trail: Trail | null | undefined;
  location: Location | null;
  dispatch: Dispatch | undefined;
};

function draw({ set }: Scene, { booking, trail, location, dispatch }: Drawn): void {
  const { line: between, ends } = trip(booking);
  set('trips', [between]);
  set('ends', ends);
  set('drivers', location ? [marker(location)] : []);
  const radius = booking.status === 'Searching' ? dispatch?.rounds.at(-1)?.radius_meters : undefined;
  set('radius', radius === undefined ? [] : [circle(booking.pickup_location, radius)]);
  const coordinates: Place[] = trail?.geometry?.coordinates ?? [];
  const segments = trail?.properties.segments ?? [];
  set(
    'trail',
    segments.flatMap(([from, to]) => (to > from ? [line(coordinates.slice(from, to + 1))] : [])),
  );
  set(
    'gaps',
    segments.slice(1).flatMap(([from]) => [line(coordinates.slice(from - 1, from + 1))]),
  );
}

function marker({ longitude, latitude, heading, age_ms }: Location) {
  return point([longitude, latitude], {
    icon: heading === null ? 'Busy dot' : 'Busy arrow',
    heading: heading ?? 0,
    brightness: brightness(age_ms),
  });
}
