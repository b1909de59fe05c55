import { type Booking, isTerminal } from '@logi/contracts';
import type { Change } from '../data/bookings.ts';
import { useNow } from '../data/clock.ts';
import { plain, Sentence } from '../parts/text.tsx';
import { duration, exact, span } from '../parts/time.tsx';
import { sentence } from './sentences.ts';
import { TONES, USUAL_SECONDS } from './status.tsx';

/** One line a change: when, what, by whom, and how long after the one before. What took longer than usual says so. */
export function Timeline({ booking, changes }: { booking: Booking; changes: readonly Change[] }) {
  const last = changes.at(-1);
  return (
    <ol class="timeline">
      {changes.map((change, index) => {
        const before = changes[index - 1];
        return (
          <li key={change.version}>
            <time dateTime={change.at} title={exact(change.at)} class="figure fine">
              {clock(change.at, before?.at)}
            </time>
            <div class={`state ${TONES[change.to]}`}>
              <span class="shape" aria-hidden="true" />
              <span>
                <What change={change} before={before} />
              </span>
            </div>
            {before && <Gap seconds={(Date.parse(change.at) - Date.parse(before.at)) / 1_000} in={before} />}
          </li>
        );
      })}
      {last && !isTerminal(booking.status) && <SoFar last={last} />}
    </ol>
  );
}

function What({ change, before }: { change: Change; before: Change | undefined }) {
  const { to, actor, reason } = change;
  const text = sentence(change, before);
  return (
    <>
      <Sentence>{text}</Sentence> <span class="fine">({actor.role})</span>
      {reason !== null && (
        <span class="fine">
          , because <bdi>{plain(reason)}</bdi>
        </span>
      )}
      {!text.includes(to) && <span class="fine">: {to}</span>}
    </>
  );
}

function SoFar({ last }: { last: Change }) {
  const now = useNow();
  return (
    <li>
      <span class="fine">now</span>
      <span class="fine">still {last.to}</span>
      <Gap seconds={(now - Date.parse(last.at)) / 1_000} in={last} />
    </li>
  );
}

function Gap({ seconds, in: { to } }: { seconds: number; in: Change }) {
  const usual = USUAL_SECONDS[to];
  const isLong = usual !== undefined && seconds > usual;
  return (
    <span class={isLong ? 'gap figure problem' : 'gap figure fine'}>
      {span(seconds * 1_000)}
      {isLong && <div>longer than usual: {duration(usual)}</div>}
    </span>
  );
}

/** The day, too, where it is another one. */
function clock(at: string, before: string | undefined): string {
  const [time, day] = [new Date(at).toLocaleTimeString(), new Date(at).toLocaleDateString()];
  return before !== undefined && new Date(before).toLocaleDateString() === day ? time : `${day} ${time}`;
}
