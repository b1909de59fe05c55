import type { Booking } from '@logi/contracts';
import { setParams } from '../address.ts';
import { money } from '../parts/money.ts';
import { type Column, Rows } from '../parts/rows.tsx';
import { Words } from '../parts/text.tsx';
import { Ago } from '../parts/time.tsx';
import { Status } from './status.tsx';

const COLUMNS: Column<Booking>[] = [
  { name: 'Status', width: '160px', cell: ({ status }) => <Status status={status} /> },
  { name: 'Changed', width: '80px', isFigure: true, cell: ({ updated_at }) => <Ago at={updated_at} /> },
  { name: 'User', width: 'minmax(110px, 1fr)', cell: ({ user_id }) => <Words>{user_id}</Words> },
  {
    name: 'Driver',
    width: 'minmax(110px, 1fr)',
    cell: ({ driver_id }) => (driver_id === null ? <span class="fine">none</span> : <Words>{driver_id}</Words>),
  },
  { name: 'Type', width: '70px', cell: ({ vehicle_type }) => <Words>{vehicle_type}</Words> },
  {
    name: 'Price',
    width: '90px',
    isFigure: true,
    cell: ({ price_estimate, currency }) => money(price_estimate, currency),
  },
  { name: 'Booked', width: '80px', isFigure: true, cell: ({ created_at }) => <Ago at={created_at} /> },
  { name: 'Id', width: '280px', cell: ({ booking_id }) => <Words mono>{booking_id}</Words> },
];

type ListProps = { items: readonly Booking[]; onEnd?: (() => void) | undefined };

export function BookingList({ items, onEnd }: ListProps) {
  return (
    <Rows
      label="Bookings"
      items={items}
      keyOf={({ booking_id }) => booking_id}
      columns={COLUMNS}
      onOpen={({ booking_id }) => setParams({ id: booking_id })}
      onEnd={onEnd}
    />
  );
}
