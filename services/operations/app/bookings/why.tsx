import { type Booking, isTerminal } from '@logi/contracts';
import { linkTo } from '../address.ts';
import type { Candidate, Dispatch, Round } from '../data/bookings.ts';
import { kilometers } from '../parts/money.ts';
import { Code, count, plain, Words } from '../parts/text.tsx';
import { Ago, span } from '../parts/time.tsx';
import { Key, number, type Scale, ScoreBar, scaleOf } from './score-bar.tsx';

type WhyProps = {
  booking: Booking;
  dispatch: Dispatch;
  onExclude: (driverId: string) => void;
  onReadmit: (driverId: string) => void;
};

/** Why this driver, or why nobody yet: the rounds of the search as steps, and in each who was thought of. */
export function Why({ booking, dispatch, onExclude, onReadmit }: WhyProps) {
  const { rounds, excluded_drivers: excluded } = dispatch;
  const scale = scaleOf(rounds.flatMap(({ candidates }) => candidates));
  return (
    <section class="why" aria-label="Why this driver">
      <h2>{booking.driver_id === null ? 'Who was asked' : 'Why this driver'}</h2>
      {rounds.length === 0 && (
        <p class="fine">
          {booking.status === 'Scheduled' ? 'The search has not begun.' : 'Nobody has been looked for.'}
        </p>
      )}
      <ol>
        {rounds.map((round, index) => (
          <Step
            key={round.round}
            round={round}
            before={rounds[index - 1]}
            {...{ scale, booking, onExclude }}
            excluded={excluded.map(({ driver_id }) => driver_id)}
          />
        ))}
      </ol>
      {rounds.length > 0 && (
        <p class="fine">
          Scores are seconds, and the lowest is asked first: the <Key code="eta" /> to the pickup, and what is added or
          taken off for how often they say yes (<Key code="acceptance" />
          ), how long they have been <Key code="idle" /> for work, and a position that is old or doubtful (
          <Key code="fix_age" />
          ).
        </p>
      )}
      {excluded.length > 0 && (
        <>
          <h2>Not to be asked about this booking</h2>
          <ul>
            {excluded.map(({ driver_id, excluded_by, excluded_at }) => (
              <li key={driver_id}>
                <Words>{driver_id}</Words>, by <Words>{excluded_by}</Words> <Ago at={excluded_at} />{' '}
                <button type="button" class="link" onClick={() => onReadmit(driver_id)}>
                  Let them be asked again
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

type StepProps = {
  round: Round;
  before: Round | undefined;
  scale: Scale;
  booking: Booking;
  excluded: readonly string[];
  onExclude: (driverId: string) => void;
};

function Step({ round, before, scale, booking, excluded, onExclude }: StepProps) {
  const { candidates, requested_at, answered_at } = round;
  const ordered = candidates.toSorted((a, b) => place(a) - place(b) || a.rank - b.rank);
  return (
    <li class={candidates.length === 0 ? 'step nobody' : 'step'}>
      <h3>{titleOf(round)}</h3>
      <p class="fine">
        {before === undefined ? (
          <>
            Looked for <Ago at={requested_at} />
          </>
        ) : (
          `Looked for ${span(Date.parse(requested_at) - Date.parse(before.requested_at))} after the step before`
        )}
        {answered_at === null
          ? '; no answer yet'
          : `; answered in ${span(Date.parse(answered_at) - Date.parse(requested_at))}`}
      </p>
      {ordered.map((candidate) => (
        <Row
          key={candidate.driver_id}
          candidate={candidate}
          scale={scale}
          canExclude={
            !isTerminal(booking.status) &&
            booking.driver_id !== candidate.driver_id &&
            !excluded.includes(candidate.driver_id)
          }
          onExclude={() => onExclude(candidate.driver_id)}
        />
      ))}
    </li>
  );
}

/** The one who has it, then those who were asked, then those who were not. */
function place({ answer, skipped }: Candidate): number {
  if (answer === 'accepted') return 0;
  if (answer !== null) return 1;
  return skipped === null ? 2 : 3;
}

function titleOf({ candidates, radius_meters, vehicle_types, answered_at }: Round): string {
  const around = `${kilometers(radius_meters)} (${vehicle_types.map(plain).join(' or ')})`;
  if (answered_at === null) return `Looking within ${around}`;
  return `${candidates.length === 0 ? 'Nobody' : count(candidates.length, 'driver')} within ${around}`;
}

type RowProps = { candidate: Candidate; scale: Scale; canExclude: boolean; onExclude: () => void };

function Row({ candidate, scale, canExclude, onExclude }: RowProps) {
  const { driver_id, rank, distance_meters, score, score_lines, skipped, answer } = candidate;
  return (
    <div class={answer === 'accepted' ? 'candidate winner' : skipped === null ? 'candidate' : 'candidate skipped'}>
      <span class="figure fine">{rank === 0 ? '' : rank}</span>
      <a href={linkTo('drivers', { id: driver_id })}>
        <Words>{driver_id}</Words>
      </a>
      <span class="figure fine">{rank === 0 ? '' : kilometers(distance_meters)}</span>
      {rank === 0 ? <span class="fine">chosen by an admin</span> : <ScoreBar lines={score_lines} scale={scale} />}
      <span class="figure">{rank === 0 ? '' : `${number(score)} s`}</span>
      <span class="fate">
        <Fate candidate={candidate} />
        {canExclude && (
          <button type="button" class="link fine" onClick={onExclude}>
            Exclude
          </button>
        )}
      </span>
    </div>
  );
}

const SKIPPED: Record<NonNullable<Candidate['skipped']>, string> = {
  taken: 'was being asked about another booking',
  batch_full: 'enough were asked before them in this round',
  user_share: 'this user has a driver reserved already, and drivers are scarce here',
};
const ANSWERS: Record<NonNullable<Candidate['answer']>, string> = {
  open: 'is being asked',
  accepted: 'took it',
  declined: 'said no',
  expired: 'did not answer in time',
  withdrawn: 'was asked, and another had it first',
  abandoned: 'took it, and gave it back',
};

function Fate({ candidate: { skipped, answer, offered_at, answered_at } }: { candidate: Candidate }) {
  if (skipped !== null) {
    return (
      <span>
        {SKIPPED[skipped]} <Code>{skipped}</Code>
      </span>
    );
  }
  if (answer === null) return <span class="fine">not asked</span>;
  const took = offered_at !== null && answered_at !== null ? Date.parse(answered_at) - Date.parse(offered_at) : null;
  return (
    <span>
      {ANSWERS[answer]} {took !== null && <span class="fine">after {span(took)}</span>}
    </span>
  );
}
