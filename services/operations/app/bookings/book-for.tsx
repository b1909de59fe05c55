import type { GeoPoint } from '@logi/contracts';
import { useState } from 'preact/hooks';
import { setParams } from '../address.ts';
import { book, type Estimate, estimate, listVehicleTypes, type Shipment } from '../data/bookings.ts';
import { useAsked } from '../data/use-asked.ts';
import { Confirm } from '../parts/confirm.tsx';
import { kilometers, money } from '../parts/money.ts';
import { plain } from '../parts/text.tsx';
import { Ago, duration } from '../parts/time.tsx';
import { tell, tellRefusal } from '../parts/toasts.tsx';

const FIELDS = { user: '', pickup: '', dropoff: '', type: '', at: '' };
type Fields = typeof FIELDS;

/** For somebody on the phone: first what it costs, then the booking, at that price. */
export function BookFor({ onClose }: { onClose: () => void }) {
  const types = useAsked('vehicle types', listVehicleTypes).answer ?? [];
  const [fields, setFields] = useState<Fields>(FIELDS);
  const [quoted, setQuoted] = useState<{ shipment: Shipment; estimate: Estimate }>();
  const [key] = useState(() => crypto.randomUUID());
  const type = fields.type || (types[0] ?? '');
  const shipment = readShipment({ ...fields, type });
  const set = (change: Partial<Fields>) => {
    setFields({ ...fields, ...change });
    if (!('user' in change)) setQuoted(undefined); // it was for another trip
  };
  const ask = async () => {
    if (!shipment) return;
    try {
      setQuoted({ shipment, estimate: await estimate(shipment) });
    } catch (err) {
      tellRefusal(err, 'There is no price for it');
    }
  };
  return (
    <Confirm
      title="Book for a caller"
      act="Book"
      isDisabled={!quoted || fields.user === ''}
      onClose={onClose}
      onAct={async () => {
        if (!quoted) return;
        const order = { ...quoted.shipment, quote_id: quoted.estimate.quote_id, on_behalf_of: fields.user };
        const { booking_id } = await book(order, `${key} ${quoted.estimate.quote_id}`);
        tell(`Booked for ${plain(fields.user)}`);
        setParams({ id: booking_id });
      }}
    >
      <label>
        User
        <input
          value={fields.user}
          placeholder="The id of their account"
          onInput={({ currentTarget }) => set({ user: currentTarget.value })}
        />
      </label>
      <Place label="Pickup" value={fields.pickup} onChange={(pickup) => set({ pickup })} />
      <Place label="Drop-off" value={fields.dropoff} onChange={(dropoff) => set({ dropoff })} />
      <label>
        Vehicle type
        <select value={type} onChange={({ currentTarget }) => set({ type: currentTarget.value })}>
          {types.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <label>
        Pickup at (empty: now)
        <input
          type="datetime-local"
          value={fields.at}
          onInput={({ currentTarget }) => set({ at: currentTarget.value })}
        />
      </label>
      <div class="actions">
        <button type="button" disabled={!shipment} onClick={() => void ask()}>
          What does it cost?
        </button>
      </div>
      <div aria-live="polite">{quoted && <Price estimate={quoted.estimate} />}</div>
    </Confirm>
  );
}

type PlaceProps = { label: string; value: string; onChange: (value: string) => void };

function Place({ label, value, onChange }: PlaceProps) {
  const isWrong = value !== '' && !readPlace(value);
  return (
    <label>
      {label}
      <input
        value={value}
        placeholder="Latitude, longitude: 52.5200, 13.4050"
        aria-invalid={isWrong}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      {isWrong && <span class="fine problem">A latitude and a longitude in degrees, with a comma between them.</span>}
    </label>
  );
}

function Price({ estimate }: { estimate: Estimate }) {
  const { price_estimate, currency, distance_meters, duration_seconds, breakdown, surge_multiplier } = estimate;
  return (
    <>
      <p>
        <strong class="figure">{money(price_estimate, currency)}</strong>
        {surge_multiplier > 1 && ` (demand is high: ${surge_multiplier} times the usual)`},{' '}
        {kilometers(distance_meters)}, about {duration(duration_seconds)}. The price ends{' '}
        <Ago at={estimate.expires_at} />.
      </p>
      <p class="fine">{breakdown.map(({ code, amount }) => `${code} ${money(amount, currency)}`).join(' + ')}</p>
    </>
  );
}

function readShipment({ pickup, dropoff, type, at }: Fields): Shipment | undefined {
  const [from, to] = [readPlace(pickup), readPlace(dropoff)];
  if (!from || !to || type === '') return undefined;
  return {
    pickup_location: from,
    dropoff_location: to,
    vehicle_type: type,
    ...(at !== '' && { scheduled_at: new Date(at).toISOString() }),
  };
}

/** As maps copy it. */
function readPlace(text: string): GeoPoint | undefined {
  const [, latitude, longitude] = /^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  if (Math.abs(Number(latitude)) <= 90 && Math.abs(Number(longitude)) <= 180)
    return { type: 'Point', coordinates: [Number(longitude), Number(latitude)] };
  return undefined;
}
