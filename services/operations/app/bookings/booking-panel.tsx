import type { Booking } from '@logi/contracts';
import { linkTo } from '../address.ts';
import { getBooking } from '../data/bookings.ts';
import { useLive } from '../data/live.ts';
import { useAsked } from '../data/use-asked.ts';
import { money } from '../parts/money.ts';
import { WithAnswer } from '../parts/states.tsx';
import { Words } from '../parts/text.tsx';
import { Ago } from '../parts/time.tsx';
import { Status } from './status.tsx';

const EVERY_MS = 10_000;

/** A booking beside the map: what it is, and the way to all of it. */
export function BookingPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const asked = useAsked(`booking ${id}`, (signal) => getBooking(id, signal), EVERY_MS);
  useLive('status_update', ({ payload }) => payload.booking_id === id && asked.again(), asked.again);
  return (
    <aside class="panel facts" aria-label="Booking">
      <header>
        <h1>{asked.answer ? <Status status={asked.answer.status} /> : 'Booking'}</h1>
        <button type="button" class="plain" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </header>
      <WithAnswer asked={asked}>
        {(booking) => (
          <>
            <Facts booking={booking} />
            <a href={linkTo('bookings', { id })}>All of it: why this driver, timeline, what can be done</a>
          </>
        )}
      </WithAnswer>
    </aside>
  );
}

export function Facts({ booking }: { booking: Booking }) {
  const { booking_id, user_id, driver_id, vehicle_type, price_estimate, currency, scheduled_at, created_at } = booking;
  return (
    <dl>
      <dt>User</dt>
      <dd>
        <a href={linkTo('bookings', { view: 'list', user: user_id })}>
          <Words>{user_id}</Words>
        </a>
      </dd>
      <dt>Driver</dt>
      <dd>
        {driver_id === null ? (
          'none'
        ) : (
          <a href={linkTo('drivers', { id: driver_id })}>
            <Words>{driver_id}</Words>
          </a>
        )}
      </dd>
      <dt>For</dt>
      <dd>
        <Words>{vehicle_type}</Words>, <span class="figure">{money(price_estimate, currency)}</span>
      </dd>
      <dt>Booked</dt>
      <dd>
        <Ago at={created_at} />
        {scheduled_at !== null && (
          <>
            , to be picked up <Ago at={scheduled_at} />
          </>
        )}
      </dd>
      <dt>Id</dt>
      <dd class="mono">{booking_id}</dd>
    </dl>
  );
}
