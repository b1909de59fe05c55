import type { Booking } from '@logi/contracts';
import { listNearby } from '../data/drivers.ts';
import { useAsked } from '../data/use-asked.ts';
import { kilometers } from '../parts/money.ts';
import { Words } from '../parts/text.tsx';

type ChooseDriverProps = { booking: Booking; chosen: string; onChoose: (driverId: string) => void };

/** Somebody who is free nearby, or whoever the dispatcher has on the phone. */
export function ChooseDriver({ booking, chosen, onChoose }: ChooseDriverProps) {
  const { pickup_location: place, vehicle_type } = booking;
  const nearby = useAsked(`near ${booking.booking_id}`, (signal) => listNearby({ place, vehicle_type }, signal)).answer;
  return (
    <>
      <label>
        Driver
        <input value={chosen} placeholder="Their id" onInput={({ currentTarget }) => onChoose(currentTarget.value)} />
      </label>
      {nearby?.length === 0 && <p class="fine">Nobody with a {vehicle_type} is free around the pickup.</p>}
      {nearby && nearby.length > 0 && (
        <fieldset class="choices">
          <legend class="fine">Free around the pickup</legend>
          {nearby.map(({ driver_id: id, distance_meters }) => (
            <label key={id}>
              <input type="radio" name="driver" checked={chosen === id} onChange={() => onChoose(id)} />
              <Words>{id}</Words>
              <span class="figure fine">{kilometers(distance_meters)}</span>
            </label>
          ))}
        </fieldset>
      )}
    </>
  );
}
