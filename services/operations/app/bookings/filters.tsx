import { BOOKING_STATUSES } from '@logi/contracts';
import type { ComponentChildren } from 'preact';
import { setParams } from '../address.ts';
import { getBooking, listBookings, listVehicleTypes } from '../data/bookings.ts';
import { useAsked } from '../data/use-asked.ts';
import { Choice } from '../fields/choice.tsx';
import { SearchField } from '../fields/search-field.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { plain } from '../parts/text.tsx';
import { tell, tellRefusal } from '../parts/toasts.tsx';

export type Filter = { status: string; type: string; user: string; driver: string };
export const VIEWS = ['board', 'list'] as const;
export type View = (typeof VIEWS)[number];

type FiltersProps = { view: View; filter: Filter; children: ComponentChildren };

export function Filters({ view, filter, children }: FiltersProps) {
  const types = useAsked('vehicle types', listVehicleTypes).answer ?? [];
  return (
    <div class="filters">
      <Tabs label="As" names={VIEWS} chosen={view} onChoose={(name) => setParams({ view: name })} />
      {view === 'list' && (
        <Choice
          label="Status"
          all="all statuses"
          value={filter.status}
          options={BOOKING_STATUSES}
          onChoose={(status) => setParams({ status })}
        />
      )}
      <Choice
        label="Vehicle type"
        all="all types"
        value={filter.type}
        options={types}
        onChoose={(type) => setParams({ type })}
      />
      <Search />
      {(['user', 'driver'] as const).map(
        (whose) =>
          filter[whose] !== '' && (
            <button key={whose} type="button" class="chip" onClick={() => setParams({ [whose]: undefined })}>
              {whose} <bdi>{plain(filter[whose])}</bdi> <span aria-hidden="true">×</span>
              <span class="unseen">: show those of others again</span>
            </button>
          ),
      )}
      <span class="rest" />
      {children}
    </div>
  );
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** One field for whatever somebody has been told on the phone: the id of a booking, of a user or of a driver. */
function Search() {
  const find = async (text: string) => {
    try {
      await show(text);
      return true;
    } catch (err) {
      tellRefusal(err, 'Nothing was found');
      return false;
    }
  };
  return <SearchField label="Booking, user or driver" placeholder="Booking, user or driver" onSearch={find} />;
}

/** Ids are any text, spaces around them too; a user's may look like a booking's. */
async function show(text: string): Promise<void> {
  if (UUID.test(text.trim())) {
    const booking = await getBooking(text.trim()).catch(() => undefined);
    if (booking) {
      setParams({ id: booking.booking_id });
      return;
    }
  }
  const [ofUser, ofDriver] = await Promise.all([
    listBookings({ user_id: text, limit: 1 }),
    listBookings({ driver_id: text, limit: 1 }),
  ]);
  if (ofUser.items.length > 0) setParams({ view: 'list', user: text, driver: undefined, status: undefined });
  else if (ofDriver.items.length > 0) setParams({ view: 'list', driver: text, user: undefined, status: undefined });
  else tell(`No booking, user or driver is called ${plain(text)}`);
}
