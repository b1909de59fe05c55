import { useEffect, useState } from 'preact/hooks';
import { setParams, useAddress } from '../address.ts';
import { Refusal } from '../data/api.ts';
import { type Decision, decideLetter, type Letter, listLetters } from '../data/operations.ts';
import { useAsked } from '../data/use-asked.ts';
import { Confirm } from '../parts/confirm.tsx';
import { useKeys } from '../parts/keys.ts';
import { type Column, Rows } from '../parts/rows.tsx';
import { Empty, State, WithAnswer } from '../parts/states.tsx';
import { count, plain, Words } from '../parts/text.tsx';
import { Ago } from '../parts/time.tsx';
import { tell, tellRefusal } from '../parts/toasts.tsx';
import { usePages } from '../parts/use-pages.ts';
import { Choice, Filters } from './letter-filters.tsx';
import { LetterPanel } from './letter-panel.tsx';

const EVERY_MS = 10_000;
const PAGE = 200;

/** What could not be handled: why, and whether it is to be tried again or put aside. */
export function DeadLetters() {
  const { params } = useAddress();
  const state = params.get('state') === 'decided' ? 'decided' : 'waiting';
  const [queue, reason, open] = [params.get('queue') ?? '', params.get('reason') ?? '', params.get('id') ?? undefined];
  const filter = { state, queue: queue || undefined, reason: reason || undefined, limit: PAGE };
  const key = JSON.stringify(filter);
  const asked = useAsked(key, (signal) => listLetters(filter, signal), EVERY_MS);
  const { items, onEnd, hasNewer, reset } = usePages({
    key,
    first: asked.answer,
    fetchPage: (cursor) => listLetters({ ...filter, cursor }, new AbortController().signal),
    keyOf: ({ id }) => id,
  });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<Decision>();
  // What was chosen of another list is not meant any more.
  useEffect(() => setChosen(new Set()), [key]);

  const toggle = (id: string) =>
    setChosen((before) => new Set(before.has(id) ? [...before].filter((x) => x !== id) : [...before, id]));
  const picked = items.filter(({ id }) => chosen.has(id));
  useKeys({
    ...(open !== undefined && { x: () => toggle(open) }),
    a: () => setChosen(new Set(chosen.size === items.length ? [] : items.map(({ id }) => id))),
  });
  const after = () => {
    setChosen(new Set());
    reset();
    asked.again();
  };

  const columns: Column<Letter>[] = [
    {
      name: '✓',
      width: '16px',
      cell: ({ id, fate, message_id }) =>
        fate === null && (
          <input
            type="checkbox"
            aria-label={`Choose ${plain(message_id)}`}
            checked={chosen.has(id)}
            onClick={(event) => event.stopPropagation()}
            onChange={() => toggle(id)}
          />
        ),
    },
    { name: 'Died', width: '80px', isFigure: true, cell: ({ died_at }) => <Ago at={died_at} /> },
    { name: 'Type', width: '170px', cell: ({ type }) => <Words>{type}</Words> },
    { name: 'Reason', width: 'minmax(240px, 1fr)', cell: ({ reason }) => <Words>{reason}</Words> },
    { name: 'Queue', width: '180px', cell: ({ queue }) => <Words>{queue}</Words> },
    ...(state === 'decided' ? [DECISION] : []),
  ];

  return (
    <div class="page">
      <Filters counts={asked.answer?.counts ?? []} state={state} queue={queue} reason={reason}>
        {hasNewer && (
          <button type="button" class="link" onClick={reset}>
            Show the newest
          </button>
        )}
        {picked.length > 0 && (
          <Choice letters={picked} onDryRun={(decision) => void dryRun(picked, decision)} onDecide={setAsking} />
        )}
      </Filters>
      {asked.answer?.is_current === false && (
        <p class="banner watch">
          The broker, or another operator, keeps the console from looking for new dead letters. These are those known
          before.
        </p>
      )}
      <WithAnswer asked={asked}>
        {() => (
          <div class="split">
            {items.length === 0 ? (
              <Nothing state={state} isFiltered={queue !== '' || reason !== ''} />
            ) : (
              <Rows
                label="Dead letters"
                items={items}
                keyOf={({ id }) => id}
                columns={columns}
                openKey={open}
                onOpen={({ id }) => setParams({ id })}
                onClose={() => setParams({ id: undefined })}
                onEnd={onEnd}
              />
            )}
            {open !== undefined && <LetterPanel key={open} id={open} onDecided={after} />}
          </div>
        )}
      </WithAnswer>
      {asking && (
        <Confirm
          title={`${asking === 'replay' ? 'Replay' : 'Discard'} ${count(picked.length, 'dead letter')}?`}
          act={asking === 'replay' ? 'Replay' : 'Discard'}
          isGrave={asking === 'discard'}
          onClose={() => setAsking(undefined)}
          onAct={async () => {
            await decideAll(picked, asking);
            after();
          }}
        >
          <p>
            {asking === 'replay'
              ? 'Each goes back to its queue, oldest first, with its attempts before it. What has had its effect has it no second time.'
              : 'Nothing handles them any more. They stay on record with their bodies, and with your name.'}
          </p>
        </Confirm>
      )}
    </div>
  );
}

const DECISION: Column<Letter> = {
  name: 'Decision',
  width: '220px',
  cell: ({ fate, decided_by, decided_at }) => (
    <>
      <State tone={fate === 'replayed' ? 'good' : 'rest'}>{fate}</State> by <Words>{decided_by ?? ''}</Words>{' '}
      {decided_at !== null && <Ago at={decided_at} />}
    </>
  ),
};

function Nothing({ state, isFiltered }: { state: string; isFiltered: boolean }) {
  if (isFiltered) return <Empty title="None is like that.">Take a filter away to see the others.</Empty>;
  if (state === 'decided') return <Empty title="Nothing has been decided yet." />;
  return <Empty title="Nothing waits.">Every message has been handled, or decided about.</Empty>;
}

/** One after the other, in the order in which they died: what follows a refused one must not get there before it. */
async function decideAll(letters: readonly Letter[], decision: Decision): Promise<void> {
  const ordered = letters.toSorted((a, b) => Number(a.id) - Number(b.id));
  for (const [done, { id }] of ordered.entries()) {
    try {
      await decideLetter(id, decision, { dryRun: false });
    } catch (err) {
      if (done > 0) tell(`${count(done, 'letter')} of ${ordered.length} done before that`);
      throw err;
    }
  }
  tell(`${decision === 'replay' ? 'Replayed' : 'Discarded'} ${count(ordered.length, 'letter')}`);
}

async function dryRun(letters: readonly Letter[], decision: Decision): Promise<void> {
  const refused: Refusal[] = [];
  for (const { id } of letters) {
    try {
      await decideLetter(id, decision, { dryRun: true });
    } catch (err) {
      if (!(err instanceof Refusal)) throw err;
      refused.push(err);
    }
  }
  const [first] = refused;
  tell(
    `A replay would send ${count(letters.length - refused.length, 'letter')} back to their queues; nothing was done`,
  );
  if (first) tellRefusal(first, `${count(refused.length, 'letter')} would be refused`);
}
