import { useState } from 'preact/hooks';
import { serverNow } from '../data/clock.ts';
import { putOut } from '../data/people.ts';
import { Confirm } from '../parts/confirm.tsx';
import { plain } from '../parts/text.tsx';
import { tell } from '../parts/toasts.tsx';

const HOUR_MS = 3_600_000;
const TERMS = {
  'until somebody lets them in': () => ({}),
  'for an hour': () => ({ until: in_(HOUR_MS) }),
  'for a day': () => ({ until: in_(24 * HOUR_MS) }),
  'only their tokens until now': () => ({ tokens_issued_before: in_(0) }),
} satisfies Record<string, () => object>;
type Term = keyof typeof TERMS;

type PutOutProps = { who: { role: string; sub: string }; onClose: () => void; onDone: () => void };

/** Keeps somebody out of everything, or ends the tokens that somebody has of theirs. */
export function PutOut({ who, onClose, onDone }: PutOutProps) {
  const [reason, setReason] = useState('');
  const [term, setTerm] = useState<Term>('until somebody lets them in');
  return (
    <Confirm
      title={`Put out ${who.role} ${plain(who.sub)}?`}
      act="Put out"
      isGrave
      onClose={onClose}
      onAct={async () => {
        await putOut(who, { ...TERMS[term](), ...(reason !== '' && { reason }) });
        tell(`${who.role} ${plain(who.sub)} is put out`);
        onDone();
      }}
    >
      <p>
        Their sockets are closed, and within two seconds nothing of theirs has an effect any more. What waits for a
        driver is taken back.
      </p>
      <label>
        How long
        <select value={term} onChange={({ currentTarget }) => setTerm(currentTarget.value as Term /* one of these */)}>
          {Object.keys(TERMS).map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <label>
        Why, for the record
        <input maxLength={500} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
      </label>
    </Confirm>
  );
}

function in_(ms: number): string {
  return new Date(serverNow() + ms).toISOString();
}
