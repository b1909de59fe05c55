import type { Booking } from '@logi/contracts';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useAddress } from '../address.ts';
import { Board } from '../bookings/board.tsx';
import { BookFor } from '../bookings/book-for.tsx';
import { BookingList } from '../bookings/booking-list.tsx';
import { type Filter, Filters, VIEWS, type View } from '../bookings/filters.tsx';
import { OneBooking } from '../bookings/one-booking.tsx';
import { listActive, listBookings } from '../data/bookings.ts';
import { useChanges } from '../data/changes.ts';
import { useAsked } from '../data/use-asked.ts';
import { Empty, WithAnswer } from '../parts/states.tsx';
import { usePages } from '../parts/use-pages.ts';
import '../styles/map.css';
import '../styles/pages-booking.css';
import '../styles/pages-bookings.css';

const BOARD_EVERY_MS = 20_000;
const LIST_EVERY_MS = 10_000;
/** More cards than these nobody looks through. */
const BOARD_HAS = 300;

/** What is under way, as a board; all there ever was, as a list; and any one of them. */
export function Bookings() {
  const { params } = useAddress();
  const view = VIEWS.find((name) => name === params.get('view')) ?? 'board';
  const filter = {
    status: params.get('status') ?? '',
    type: params.get('type') ?? '',
    user: params.get('user') ?? '',
    driver: params.get('driver') ?? '',
  };
  const id = params.get('id');
  if (id !== null) return <OneBooking key={id} id={id} />;
  return view === 'board' ? <AsBoard filter={filter} /> : <AsList key={JSON.stringify(filter)} filter={filter} />;
}

function queryOf({ type, user, driver }: Filter) {
  return { vehicle_type: type || undefined, user_id: user || undefined, driver_id: driver || undefined };
}

/** What was asked for may have moved out of what is looked at since. */
function isMeant({ status, driver }: Filter) {
  return (booking: Booking) =>
    (status === '' || booking.status === status) && (driver === '' || booking.driver_id === driver);
}

function AsBoard({ filter }: { filter: Filter }) {
  const query = queryOf(filter);
  const { params } = useAddress();
  const asked = useAsked(
    `board ${JSON.stringify(query)}`,
    (signal) => listActive(query, { most: BOARD_HAS, signal }),
    BOARD_EVERY_MS,
  );
  const asNow = useChanges(asked.again);
  return (
    <Frame view="board" filter={filter}>
      <WithAnswer asked={asked}>
        {({ items, hasMore }) =>
          items.length === 0 ? (
            <Nothing filter={filter} />
          ) : (
            <Board
              bookings={items.map(asNow).filter(isMeant({ ...filter, status: '' }))}
              isWhole={!hasMore}
              params={Object.fromEntries(params)}
            />
          )
        }
      </WithAnswer>
    </Frame>
  );
}

function AsList({ filter }: { filter: Filter }) {
  const query = { ...queryOf(filter), status: filter.status || undefined };
  const key = `bookings ${JSON.stringify(query)}`;
  const asked = useAsked(key, (signal) => listBookings(query, signal), LIST_EVERY_MS);
  const asNow = useChanges(asked.again);
  const { items, onEnd, hasNewer, reset } = usePages({
    key,
    first: asked.answer,
    fetchPage: (cursor) => listBookings({ ...query, cursor }),
    keyOf: ({ booking_id }) => booking_id,
  });
  const shown = items.map(asNow).filter(isMeant(filter));
  return (
    <Frame
      view="list"
      filter={filter}
      act={
        hasNewer && (
          <button type="button" class="link" onClick={reset}>
            Show the newest
          </button>
        )
      }
    >
      <WithAnswer asked={asked}>
        {() => (shown.length === 0 ? <Nothing filter={filter} /> : <BookingList items={shown} onEnd={onEnd} />)}
      </WithAnswer>
    </Frame>
  );
}

type FrameProps = { view: View; filter: Filter; act?: ComponentChildren; children: ComponentChildren };

function Frame({ view, filter, act, children }: FrameProps) {
  const [isBooking, setBooking] = useState(false);
  return (
    <div class="page">
      <Filters view={view} filter={filter}>
        {act}
        <button type="button" class="main" onClick={() => setBooking(true)}>
          Book for a caller
        </button>
      </Filters>
      {children}
      {isBooking && <BookFor onClose={() => setBooking(false)} />}
    </div>
  );
}

function Nothing({ filter }: { filter: Filter }) {
  const isFiltered = Object.values(filter).some((value) => value !== '');
  if (isFiltered) return <Empty title="None is like that.">Take a filter away to see the others.</Empty>;
  return <Empty title="Nothing is under way.">What people book appears here by itself.</Empty>;
}
