import { allowedTransitions, type Booking, type BookingStatus } from '@logi/contracts';
import { useState } from 'preact/hooks';
import { Refusal } from '../data/api.ts';
import { advance, assign, cancel, exclude, getHistory, listReasons } from '../data/bookings.ts';
import { session } from '../data/session.ts';
import { useAsked } from '../data/use-asked.ts';
import { Confirm } from '../parts/confirm.tsx';
import { plain, quoted } from '../parts/plain.ts';
import { tell } from '../parts/toasts.tsx';
import { ChooseDriver } from './choose-driver.tsx';
import { sentence } from './sentences.ts';

export type Asking =
  | { is: 'advance'; to: BookingStatus }
  | { is: 'assign' | 'take' | 'cancel' }
  | { is: 'exclude'; driverId: string };

/** What an admin may do with a booking as it is. */
export function Acts({ booking, onAsk }: { booking: Booking; onAsk: (asking: Asking) => void }) {
  const { status } = booking;
  const assigns = allowedTransitions(status, 'assign', 'admin');
  const isCancellable = allowedTransitions(status, 'cancel', 'admin').length > 0;
  return (
    <div class="actions">
      {allowedTransitions(status, 'advance', 'admin').map((to) => (
        <button key={to} type="button" onClick={() => onAsk({ is: 'advance', to })}>
          {to}
        </button>
      ))}
      {assigns.length > 0 && (
        <button type="button" class="main" onClick={() => onAsk({ is: 'assign' })}>
          {assignWord(status)}
        </button>
      )}
      {status !== 'Searching' && assigns.includes('Searching') && (
        <button type="button" onClick={() => onAsk({ is: 'take' })}>
          Take it from them
        </button>
      )}
      {isCancellable && (
        <button type="button" class="grave" onClick={() => onAsk({ is: 'cancel' })}>
          Cancel it
        </button>
      )}
    </div>
  );
}

function assignWord(status: BookingStatus): string {
  if (status === 'Searching') return 'Assign a driver';
  return allowedTransitions(status, 'assign', 'admin').includes(status) ? 'Hand over' : 'Give it to another';
}

type DialogProps = { booking: Booking; asking: Asking; onClose: () => void; onDone: () => void };

/** Asks once more. What is refused is told with what somebody else has done meanwhile. */
export function ActDialog({ booking: shown, asking, onClose, onDone }: DialogProps) {
  // As it was when somebody decided: what has happened since is what they are told.
  const [booking] = useState(shown);
  const id = booking.booking_id;
  const [choice, setChoice] = useState('');
  const act = (run: () => Promise<Booking | undefined>, done: string) => async () => {
    await attempt(booking, run, done).finally(onDone);
  };
  const driver = <bdi>{plain(booking.driver_id ?? '')}</bdi>;
  switch (asking.is) {
    case 'advance':
      return (
        <Confirm
          title={`Move it on to ${asking.to}?`}
          act={asking.to}
          onClose={onClose}
          onAct={act(() => advance(id, asking.to), `It is ${asking.to} now`)}
        >
          <p>For {driver}, as if they had said so themselves. The user is told, and history names you.</p>
        </Confirm>
      );
    case 'assign':
      return (
        <Confirm
          title={assignWord(booking.status)}
          act={assignWord(booking.status)}
          isDisabled={choice === ''}
          onClose={onClose}
          onAct={act(() => assign(id, choice), `${quoted(choice)} has it now`)}
        >
          <p>
            They are told of it as of an offer that they have taken
            {booking.driver_id === null ? '.' : <>, and it is taken from {driver}.</>}
          </p>
          <ChooseDriver booking={booking} chosen={choice} onChoose={setChoice} />
        </Confirm>
      );
    case 'take':
      return (
        <Confirm
          title="Take it from the driver?"
          act="Take it from them"
          onClose={onClose}
          onAct={act(() => assign(id, null), 'Another driver is looked for')}
        >
          <p>{driver} is free again, and another driver is looked for at once.</p>
        </Confirm>
      );
    case 'cancel':
      return (
        <Confirm
          title="Cancel this booking?"
          act="Cancel it"
          isGrave
          onClose={onClose}
          onAct={act(() => cancel(id, choice), 'It is cancelled')}
        >
          <p>
            {allowedTransitions(booking.status, 'cancel', 'admin').includes('Returning') ? (
              <>{driver} has the goods, and brings them back.</>
            ) : (
              'The user is told. A driver who has it, or is being asked, is free again.'
            )}
          </p>
          <Reason value={choice} onChange={setChoice} />
        </Confirm>
      );
    case 'exclude':
      return (
        <Confirm
          title={`Keep ${plain(asking.driverId)} from being asked?`}
          act="Exclude"
          onClose={onClose}
          onAct={act(
            () => exclude(id, asking.driverId),
            `${quoted(asking.driverId)} is not asked about this booking any more`,
          )}
        >
          <p>About this booking alone. If they are being asked now, that is taken back.</p>
        </Confirm>
      );
    default:
      return asking satisfies never;
  }
}

function Reason({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const reasons = useAsked('reasons', listReasons).answer ?? [];
  return (
    <label>
      Why, for the record
      <input
        list="reasons"
        maxLength={500}
        value={value}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <datalist id="reasons">
        {reasons.map(({ reason, description }) => (
          <option key={reason} value={reason} label={description} />
        ))}
      </datalist>
    </label>
  );
}

/** Somebody else may have been faster: then that is what is told, whether the service took it as done or refused it. */
async function attempt(booking: Booking, run: () => Promise<Booking | undefined>, done: string): Promise<void> {
  try {
    const after = await run();
    const meanwhile = after ? await changesSince(booking) : [];
    const own = session.get();
    const last = meanwhile.at(-1);
    const isOwn = last === undefined || (own.is === 'in' && last.actor.role === 'admin' && last.actor.id === own.sub);
    tell(isOwn ? done : `That was so already: ${last.text}`);
  } catch (err) {
    if (!(err instanceof Refusal) || err.status !== 409) throw err;
    const meanwhile = await changesSince(booking).catch(() => []);
    if (meanwhile.length === 0) throw err;
    const { status, code, requestId, message } = err;
    throw new Refusal(status, {
      message: `Meanwhile ${meanwhile.map(({ text }) => text).join(', then ')}. (${message})`,
      ...(code !== undefined && { code }),
      ...(requestId !== undefined && { requestId }),
    });
  }
}

/** What has happened to it since it was as it is on the screen. */
async function changesSince({ booking_id: id, version }: Booking) {
  const changes = await getHistory(id);
  return changes.flatMap((change, index) =>
    change.version > version ? [{ actor: change.actor, text: sentence(change, changes[index - 1]) }] : [],
  );
}
