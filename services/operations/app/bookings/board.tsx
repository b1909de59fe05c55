import { type Booking, type BookingStatus, isTerminal } from '@logi/contracts';
import { linkTo } from '../address.ts';
import { serverNow } from '../data/clock.ts';
import { useKeys } from '../parts/keys.ts';
import { money } from '../parts/money.ts';
import { Words } from '../parts/text.tsx';
import { Ago } from '../parts/time.tsx';
import { STAGES, Status, USUAL_SECONDS } from './status.tsx';

type BoardProps = { bookings: readonly Booking[]; isWhole: boolean; params: Record<string, string> };

/** What is under way, by how far it has come. `j` and `k` go from one to the next, Enter opens it. */
export function Board({ bookings, isWhole, params }: BoardProps) {
  useKeys({ j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1) });
  const ended = bookings.filter(({ status }) => isTerminal(status));
  return (
    <>
      {!isWhole && (
        <p class="notice fine">These are the newest {bookings.length} under way; the list has all of them.</p>
      )}
      <div class="board">
        {STAGES.map(({ title, statuses }) => (
          <section key={title} aria-label={title}>
            <h2>{title}</h2>
            <div class="cards">
              {statuses.map((status) => (
                <Group key={status} status={status} bookings={bookings} params={params} />
              ))}
            </div>
          </section>
        ))}
        {ended.length > 0 && (
          <section aria-label="Just ended">
            <h2>Just ended</h2>
            <div class="cards">
              {ended.map((booking) => (
                <Card key={booking.booking_id} booking={booking} params={params} isMixed />
              ))}
            </div>
          </section>
        )}
      </div>
    </>
  );
}

type GroupProps = { status: BookingStatus; bookings: readonly Booking[]; params: Record<string, string> };

function Group({ status, bookings, params }: GroupProps) {
  const here = bookings.filter((booking) => booking.status === status);
  return (
    <>
      <p class="group">
        <Status status={status} /> <span class="figure">{here.length}</span>
      </p>
      {here.map((booking) => (
        <Card key={booking.booking_id} booking={booking} params={params} />
      ))}
    </>
  );
}

type CardProps = { booking: Booking; params: Record<string, string>; isMixed?: boolean };

function Card({ booking, params, isMixed = false }: CardProps) {
  const { booking_id, user_id, driver_id, vehicle_type, status, updated_at, scheduled_at } = booking;
  const usual = USUAL_SECONDS[status];
  const isLong = usual !== undefined && (serverNow() - Date.parse(updated_at)) / 1_000 > usual;
  return (
    <a class="card" href={linkTo('bookings', { ...params, id: booking_id })}>
      <span class="line">
        <Words>{user_id}</Words>
        <span class={isLong ? 'fine problem' : 'fine'}>
          {isLong && 'for long: '}
          <Ago at={status === 'Scheduled' && scheduled_at !== null ? scheduled_at : updated_at} />
        </span>
      </span>
      <span class="line fine">
        {isMixed ? (
          <Status status={status} />
        ) : driver_id === null ? (
          <span>no driver yet</span>
        ) : (
          <Words>{driver_id}</Words>
        )}
        <span>
          <Words>{vehicle_type}</Words> <span class="figure">{money(booking.price_estimate, booking.currency)}</span>
        </span>
      </span>
    </a>
  );
}

function step(by: number): void {
  const cards = [...document.querySelectorAll<HTMLElement>('.card')];
  const here = cards.findIndex((card) => card.matches(':focus'));
  const next = here < 0 ? (by > 0 ? 0 : cards.length - 1) : here + by;
  cards[Math.max(0, Math.min(cards.length - 1, next))]?.focus();
}
