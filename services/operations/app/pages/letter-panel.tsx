import { useState } from 'preact/hooks';
import { setParams } from '../address.ts';
import { type Decision, decideLetter, getLetter, type WholeLetter } from '../data/operations.ts';
import { useAsked } from '../data/use-asked.ts';
import { Confirm } from '../parts/confirm.tsx';
import { State, WithAnswer } from '../parts/states.tsx';
import { Code, plain, pretty } from '../parts/text.tsx';
import { Ago } from '../parts/time.tsx';
import { tell, tellRefusal } from '../parts/toasts.tsx';

/** One letter whole, beside the list. */
export function LetterPanel({ id, onDecided }: { id: string; onDecided: () => void }) {
  const asked = useAsked(`letter ${id}`, (signal) => getLetter(id, signal));
  const after = () => {
    asked.again();
    onDecided();
  };
  return (
    <aside class="panel" aria-label="Dead letter">
      <WithAnswer asked={asked}>{(letter) => <Whole letter={letter} onDecided={after} />}</WithAnswer>
    </aside>
  );
}

function Whole({ letter, onDecided }: { letter: WholeLetter; onDecided: () => void }) {
  const { message_id, type, reason, queue, attempt, died_at, headers, body, body_base64, history } = letter;
  return (
    <>
      <header>
        <h1>{plain(type)}</h1>
        <button type="button" class="plain" aria-label="Close" onClick={() => setParams({ id: undefined })}>
          ×
        </button>
      </header>
      <p>{plain(reason)}</p>
      <dl>
        <dt>Message</dt>
        <dd class="mono">{plain(message_id)}</dd>
        <dt>Queue</dt>
        <dd>
          <Code>{queue}</Code>
        </dd>
        <dt>Died</dt>
        <dd>
          <Ago at={died_at} />, before attempt {attempt}
        </dd>
      </dl>
      <Fate letter={letter} onDecided={onDecided} />
      <h2>Body</h2>
      {body === undefined && <p class="fine">It is no text; in base64:</p>}
      <pre>{body === undefined ? body_base64 : pretty(body)}</pre>
      <h2>Headers</h2>
      <pre>{pretty(JSON.stringify(headers))}</pre>
      <h2>What this message has been through</h2>
      <ul>
        {history.map((each) => (
          <li key={each.id}>
            Died <Ago at={each.died_at} />
            {each.fate === null ? ', not decided yet' : `, ${each.fate} by ${plain(each.decided_by ?? '')} `}
            {each.decided_at !== null && <Ago at={each.decided_at} />}
          </li>
        ))}
      </ul>
    </>
  );
}

function Fate({ letter, onDecided }: { letter: WholeLetter; onDecided: () => void }) {
  const { id, fate, decided_by, decided_at, is_replayable, queue } = letter;
  const [asking, setAsking] = useState<Decision>();
  if (fate !== null) {
    return (
      <p>
        <State tone={fate === 'replayed' ? 'good' : 'rest'}>{fate}</State> by {plain(decided_by ?? '')}{' '}
        {decided_at !== null && <Ago at={decided_at} />}
      </p>
    );
  }
  const dryRun = async () => {
    try {
      await decideLetter(id, 'replay', { dryRun: true });
      tell(`A replay would send it back to ${queue}; nothing was done`);
    } catch (err) {
      tellRefusal(err, 'A replay would be refused');
    }
  };
  return (
    <>
      <div class="actions">
        {is_replayable && (
          <>
            <button type="button" class="main" onClick={() => setAsking('replay')}>
              Replay
            </button>
            <button type="button" onClick={() => void dryRun()}>
              Dry run
            </button>
          </>
        )}
        <button type="button" class="grave" onClick={() => setAsking('discard')}>
          Discard
        </button>
      </div>
      {!is_replayable && (
        <p class="fine">
          The stream has this message still, and a gateway that starts reads it again: there is no queue to send it to.
        </p>
      )}
      {asking && (
        <Confirm
          title={asking === 'replay' ? 'Replay this letter?' : 'Discard this letter?'}
          act={asking === 'replay' ? 'Replay' : 'Discard'}
          isGrave={asking === 'discard'}
          onClose={() => setAsking(undefined)}
          onAct={async () => {
            await decideLetter(id, asking, { dryRun: false });
            tell(asking === 'replay' ? `Sent back to ${queue}` : 'Discarded; it stays on record');
            onDecided();
          }}
        >
          <p>
            {asking === 'replay'
              ? 'It goes back to its queue with its attempts before it. If it has had its effect, it has it no second time.'
              : 'Nothing handles it any more. It stays on record with its body, and with your name.'}
          </p>
        </Confirm>
      )}
    </>
  );
}
