import type { Booking } from '@logi/contracts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { setParams } from '../address.ts';
import { getBooking, getDispatch, getHistory, readmit } from '../data/bookings.ts';
import { useLive } from '../data/live.ts';
import { useAsked } from '../data/use-asked.ts';
import { useKeys } from '../parts/keys.ts';
import { quoted } from '../parts/plain.ts';
import { WithAnswer } from '../parts/states.tsx';
import { tell, tellRefusal } from '../parts/toasts.tsx';
import { ActDialog, Acts, type Asking } from './acts.tsx';
import { Facts } from './booking-panel.tsx';
import { Status } from './status.tsx';
import { Timeline } from './timeline.tsx';
import { TripMap } from './trip-map.tsx';
import { Why } from './why.tsx';

const EVERY_MS = 10_000;
const SEARCHING_EVERY_MS = 2_000;

/** One booking whole: what became of it, why with this driver, where it is, and what can be done. */
export function OneBooking({ id }: { id: string }) {
  const asked = useAsked(`booking ${id}`, (signal) => getBooking(id, signal), EVERY_MS);
  const close = () => setParams({ id: undefined });
  useKeys({ Escape: close });
  useLive('status_update', ({ payload }) => payload.booking_id === id && asked.again(), asked.again);
  return (
    <div class="page booking">
      <div class="filters">
        <button type="button" onClick={close}>
          ← All bookings
        </button>
      </div>
      <WithAnswer asked={asked}>{(booking) => <Whole booking={booking} onChange={asked.again} />}</WithAnswer>
    </div>
  );
}

function Whole({ booking, onChange }: { booking: Booking; onChange: () => void }) {
  const { booking_id: id, status, version } = booking;
  const [asking, setAsking] = useState<Asking>();
  const history = useAsked(`history ${id}`, (signal) => getHistory(id, signal), EVERY_MS);
  const dispatch = useAsked(
    `dispatch ${id}`,
    (signal) => getDispatch(id, signal),
    status === 'Searching' ? SEARCHING_EVERY_MS : EVERY_MS,
  );
  useFollow(version, () => {
    history.again();
    dispatch.again();
  });
  const readmitDriver = async (driverId: string) => {
    try {
      await readmit(id, driverId);
      tell(`${quoted(driverId)} may be asked again`);
      dispatch.again();
    } catch (err) {
      tellRefusal(err, 'They could not be let back');
    }
  };
  return (
    <div class="whole">
      <div class="facts">
        <h1>
          <Status status={status} />
        </h1>
        <Facts booking={booking} />
        <Acts booking={booking} onAsk={setAsking} />
        <h2>What became of it</h2>
        <WithAnswer asked={history}>{(changes) => <Timeline booking={booking} changes={changes} />}</WithAnswer>
      </div>
      <div class="reasons">
        <TripMap booking={booking} dispatch={dispatch.answer} />
        <WithAnswer asked={dispatch}>
          {(answer) => (
            <Why
              booking={booking}
              dispatch={answer}
              onExclude={(driverId) => setAsking({ is: 'exclude', driverId })}
              onReadmit={(driverId) => void readmitDriver(driverId)}
            />
          )}
        </WithAnswer>
      </div>
      {asking && (
        <ActDialog
          booking={booking}
          asking={asking}
          onClose={() => setAsking(undefined)}
          onDone={() => {
            onChange();
            dispatch.again();
          }}
        />
      )}
    </div>
  );
}

/** Calls when the booking is another one than it was: what hangs on it is asked for again. */
function useFollow(version: number, act: () => void): void {
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    act();
  });
}
