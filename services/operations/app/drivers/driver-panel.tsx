import { linkTo } from '../address.ts';
import { listBookings } from '../data/bookings.ts';
import { serverNow } from '../data/clock.ts';
import { type DriverReport, getDriver } from '../data/drivers.ts';
import { useLive } from '../data/live.ts';
import { useAsked } from '../data/use-asked.ts';
import { WithAnswer } from '../parts/states.tsx';
import { Code, count, plain, Words } from '../parts/text.tsx';
import { Ago, duration } from '../parts/time.tsx';
import { Label } from './label.tsx';

const EVERY_MS = 5_000;
const DAY_MS = 86_400_000;

/** One driver: why they are called what they are, where they were last, with what, and what they have done today. */
export function DriverPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const asked = useAsked(`driver ${id}`, (signal) => getDriver(id, signal), EVERY_MS);
  useLive('driver_status_update', ({ payload }) => payload.driver_id === id && asked.again(), asked.again);
  return (
    <aside class="panel" aria-label="Driver">
      <header>
        <h1>
          <bdi>{plain(id)}</bdi>
        </h1>
        <button type="button" class="plain" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </header>
      <WithAnswer asked={asked}>{(driver) => <Whole driver={driver} />}</WithAnswer>
      <Jobs driverId={id} />
    </aside>
  );
}

function Whole({ driver }: { driver: DriverReport }) {
  return (
    <>
      <p>
        <Label label={driver.status} />
        {driver.vehicle_type !== null && (
          <>
            {' '}
            with a <Words>{driver.vehicle_type}</Words>
          </>
        )}
      </p>
      <dl>
        <dt>Duty</dt>
        <dd>{driver.duty === null ? 'never been on duty' : DUTY[driver.duty]}</dd>
        <dt>Work</dt>
        <dd>
          <Work driver={driver} />
        </dd>
        <dt>Signal</dt>
        <dd>
          <Signal driver={driver} />
        </dd>
        <dt>Last fix</dt>
        <dd>
          <Fix driver={driver} />
        </dd>
        <dt>Clock</dt>
        <dd>{clock(driver.clock_offset_ms)}</dd>
        <dt>App</dt>
        <dd>{driver.app === null ? 'does not say' : <Words>{driver.app}</Words>}</dd>
        <dt>Device</dt>
        <dd>{driver.device === null ? 'does not say' : <Words>{driver.device}</Words>}</dd>
      </dl>
      <div class="actions">
        {driver.latitude !== null && <a href={linkTo('map', { driver: driver.driver_id })}>On the map</a>}
        <a href={linkTo('sessions', { role: 'driver', q: driver.driver_id })}>Their sessions</a>
        <a href={linkTo('sessions', { tab: 'audit', kind: 'driver', subject: driver.driver_id })}>
          What admins did about them
        </a>
      </div>
    </>
  );
}

const DUTY = { Online: 'wants work', Offline: 'wants none' } as const;

function Work({ driver: { work, booking_id } }: { driver: DriverReport }) {
  if (booking_id !== null) {
    return (
      <>
        on a job: <a href={linkTo('bookings', { id: booking_id })}>the booking</a>
      </>
    );
  }
  if (work === 'Reserved') return <>being asked about a booking</>;
  return <>{work === 'On Job' ? 'on a job' : 'free'}</>;
}

function Signal({ driver: { signal, heard_at, heard_by } }: { driver: DriverReport }) {
  return (
    <>
      {signal ?? 'none'}
      {heard_at !== null && (
        <>
          , heard <Ago at={heard_at} />
        </>
      )}
      {heard_by !== null && (
        <>
          {' '}
          by <Words>{heard_by}</Words>
        </>
      )}
    </>
  );
}

const FLAWS: Record<string, string> = {
  implausible: 'What came since is too far away to be true',
  inaccurate: 'What came since is too inaccurate',
  mock: 'What came since is made up by an app',
};

function Fix({ driver }: { driver: DriverReport }) {
  const { latitude, longitude, fix_age_ms, fix_flaw, is_standing } = driver;
  if (fix_age_ms === null) return <>none</>;
  return (
    <>
      <span class="figure">{duration(fix_age_ms / 1_000)} old</span>
      {is_standing && ', and they stand'}
      {latitude !== null && longitude !== null ? (
        <span class="figure">
          , at {latitude.toFixed(5)}, {longitude.toFixed(5)}
        </span>
      ) : (
        '; where it is, is not shown while they are off duty'
      )}
      {fix_flaw !== null && (
        <div class="problem">
          {FLAWS[fix_flaw] ?? 'What came since is not believed'} <Code>{plain(fix_flaw)}</Code>
        </div>
      )}
    </>
  );
}

function clock(offsetMs: number | null): string {
  if (offsetMs === null) return 'nothing has told';
  if (Math.abs(offsetMs) < 1_000) return 'right';
  return `${duration(Math.abs(offsetMs) / 1_000)} ${offsetMs > 0 ? 'slow' : 'fast'}, which is corrected`;
}

/** Of the last day: a night shift has no midnight. */
function Jobs({ driverId }: { driverId: string }) {
  const asked = useAsked(
    `jobs ${driverId}`,
    (signal) => listBookings({ driver_id: driverId, from: new Date(serverNow() - DAY_MS).toISOString() }, signal),
    6 * EVERY_MS,
  );
  return (
    <>
      <h2>Jobs of the last day</h2>
      <WithAnswer asked={asked}>
        {({ items, next_cursor }) => (
          <>
            <p class="fine">
              {next_cursor === null ? count(items.length, 'booking') : `The newest ${count(items.length, 'booking')}`},{' '}
              {items.filter(({ status }) => status === 'Delivered').length} delivered.
            </p>
            <ul class="jobs">
              {items.map(({ booking_id, status, created_at, user_id }) => (
                <li key={booking_id}>
                  <a href={linkTo('bookings', { id: booking_id })}>{status}</a> <Words>{user_id}</Words>
                  <Ago at={created_at} />
                </li>
              ))}
            </ul>
          </>
        )}
      </WithAnswer>
    </>
  );
}
