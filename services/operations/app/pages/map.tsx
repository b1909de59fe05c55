import { type BookingStatus, isTerminal } from '@logi/contracts';
import { useEffect, useState } from 'preact/hooks';
import { setParams, useAddress } from '../address.ts';
import { BookingPanel } from '../bookings/booking-panel.tsx';
import { type Area, type Watched, WORLD } from '../data/area.ts';
import { getBooking, getDispatch, getTrail, listActive, orNone } from '../data/bookings.ts';
import { useChanges } from '../data/changes.ts';
import { getDriver } from '../data/drivers.ts';
import { useAsked } from '../data/use-asked.ts';
import { DriverPanel } from '../drivers/driver-panel.tsx';
import { LABELS } from '../drivers/label.tsx';
import { SearchField } from '../fields/search-field.tsx';
import { circle, line, type Place, trip } from '../map/features.ts';
import { Legend } from '../map/legend.tsx';
import { MapView } from '../map/map-view.tsx';
import type { Scene } from '../map/scene.ts';
import { useScene } from '../map/use-scene.ts';
import { readCamera, watchMap } from '../map/watch-map.ts';
import { useKeys } from '../parts/keys.ts';
import { Tabs } from '../parts/tabs.tsx';
import { count } from '../parts/text.tsx';
import { tellRefusal } from '../parts/toasts.tsx';
import { useDrivers } from './map-drivers.ts';
import '../styles/map.css';
import '../styles/pages-booking.css';
import '../styles/pages-drivers.css';
import '../styles/pages-map.css';

const CHOSEN_EVERY_MS = 3_000;
const BOOKINGS_EVERY_MS = 20_000;
const MOST_TRIPS = 300;
const ALL = 'all';

/** The city: who drives where, and what goes from where to where. What is pointed at opens beside it. */
export function CityMap() {
  const { params } = useAddress();
  const label = LABELS.find((each) => each === params.get('label'));
  const driver = params.get('driver') ?? undefined;
  const booking = params.get('booking') ?? undefined;
  const camera = readCamera(params.get('at'));
  // Where nobody has said what to look at, first all there are.
  const [area, setArea] = useState<Area | undefined>(camera ? undefined : WORLD);
  const { scene, start } = useScene((map) => {
    const tellArea = watchMap(map, {
      onArea: (shown, at) => {
        setArea(shown);
        setParams({ at });
      },
      onPick: (pick) => setParams({ driver: undefined, booking: undefined, ...pick }),
    });
    if (camera) tellArea();
  });
  const { fleet, watched } = useDrivers(area, { scene, label, chosen: driver });
  useTrips(scene);
  useSelected(scene, { driver, booking });
  const close = () => setParams({ driver: undefined, booking: undefined });
  useKeys({ ...((driver !== undefined || booking !== undefined) && { Escape: close }) });
  const isEmpty = fleet.size() === 0;
  useEffect(() => {
    if (scene && !isEmpty && !camera) scene.fit(fleet.places);
  }, [scene, isEmpty]);
  return (
    <div class="page">
      <div class="filters">
        <Tabs
          label="Drivers"
          names={[ALL, ...LABELS.filter((each) => each !== 'Offline')]}
          chosen={label ?? ALL}
          onChoose={(name) => setParams({ label: name === ALL ? undefined : name })}
        />
        <Search onFound={(place) => scene?.fit([place])} />
        <span class={watched.is === 'refused' ? 'problem' : 'fine figure'}>{describe(watched, fleet.size(label))}</span>
        <span class="rest" />
        <Legend />
      </div>
      <div class="split">
        <MapView label="City" camera={camera ?? {}} onMap={start} />
        {driver !== undefined && <DriverPanel key={driver} id={driver} onClose={close} />}
        {booking !== undefined && <BookingPanel key={booking} id={booking} onClose={close} />}
      </div>
    </div>
  );
}

function describe(watched: Watched, shown: number): string {
  switch (watched.is) {
    case 'asking':
      return 'Looking …';
    case 'refused':
      return watched.why;
    case 'watching':
      if (watched.leftOut > 0) return `${count(shown, 'driver')}; ${watched.leftOut} more are not shown: go nearer`;
      return shown === 0 ? 'Nobody is on duty here' : count(shown, 'driver');
    default:
      return watched satisfies never;
  }
}

function useTrips(scene: Scene | undefined): void {
  const asked = useAsked('trips', (signal) => listActive({}, { most: MOST_TRIPS, signal }), BOOKINGS_EVERY_MS);
  const asNow = useChanges(asked.again);
  const trips = (asked.answer?.items ?? [])
    .map(asNow)
    .filter(({ status }) => isUnderWay(status))
    .map(trip);
  const key = trips.map(({ line: { properties } }) => properties?.['booking_id']).join();
  useEffect(() => {
    scene?.set(
      'trips',
      trips.map((each) => each.line),
    );
    scene?.set(
      'ends',
      trips.flatMap((each) => each.ends),
    );
  }, [scene, key]);
}

function isUnderWay(status: BookingStatus): boolean {
  return !isTerminal(status) && status !== 'Scheduled';
}

/** Of what is chosen: the way that was driven, and how far around a driver is looked for. */
function useSelected(
  scene: Scene | undefined,
  { driver, booking }: { driver: string | undefined; booking: string | undefined },
): void {
  const everyMs = CHOSEN_EVERY_MS;
  const ofDriver = useAsked(
    `chosen ${driver}`,
    async (signal) => (driver === undefined ? null : await orNone(getDriver(driver, signal))),
    everyMs,
  );
  const id = booking ?? ofDriver.answer?.booking_id ?? undefined;
  const { answer } = useAsked(
    `on map ${id}`,
    async (signal) => (id === undefined ? null : await whole(id, signal)),
    everyMs,
  );
  useEffect(() => {
    const { coordinates = [] } = answer?.trail?.geometry ?? {};
    scene?.set('trail', coordinates.length > 1 ? [line(coordinates)] : []);
    const from = answer?.booking.pickup_location;
    scene?.set('radius', from && answer.radius !== undefined ? [circle(from, answer.radius)] : []);
  }, [scene, answer]);
}

async function whole(id: string, signal: AbortSignal) {
  const [booking, trail] = await Promise.all([getBooking(id, signal), orNone(getTrail(id, signal))]);
  const dispatch = booking.status === 'Searching' ? await getDispatch(id, signal) : undefined;
  return { booking, trail, radius: dispatch?.rounds.at(-1)?.radius_meters };
}

function Search({ onFound }: { onFound: (place: Place) => void }) {
  const find = async (id: string) => {
    try {
      const { longitude, latitude } = await getDriver(id, new AbortController().signal);
      setParams({ driver: id, booking: undefined });
      if (longitude !== null && latitude !== null) onFound([longitude, latitude]);
      return true;
    } catch (err) {
      tellRefusal(err, 'Nobody was found');
      return false;
    }
  };
  return <SearchField label="Driver" placeholder="Id of a driver" onSearch={find} />;
}
