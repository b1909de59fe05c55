import type { JSX } from 'preact';
import { setParams, useAddress } from '../address.ts';
import { type Act, listActs } from '../data/people.ts';
import { useAsked } from '../data/use-asked.ts';
import { type Column, Rows } from '../parts/rows.tsx';
import { Empty, WithAnswer } from '../parts/states.tsx';
import { Code, plain, pretty, Words } from '../parts/text.tsx';
import { Ago, exact } from '../parts/time.tsx';
import { usePages } from '../parts/use-pages.ts';

const EVERY_MS = 10_000;
const PAGE = 100;

const COLUMNS: Column<Act>[] = [
  { name: 'When', width: '90px', isFigure: true, cell: ({ at }) => <Ago at={at} /> },
  { name: 'Who', width: 'minmax(120px, 1fr)', cell: ({ actor }) => <Words>{actor.id}</Words> },
  { name: 'Did', width: '180px', cell: ({ act }) => <Code>{act}</Code> },
  { name: 'To', width: '90px', cell: ({ subject }) => subject.kind },
  { name: '', width: 'minmax(160px, 2fr)', cell: ({ subject }) => <Words>{subject.id}</Words> },
];

/** What the operator's people did, newest first. */
export function Audit({ tabs }: { tabs: JSX.Element }) {
  const { params } = useAddress();
  const [actor, subject, open] = [
    params.get('actor') ?? '',
    params.get('subject') ?? '',
    params.get('open') ?? undefined,
  ];
  const query = { actor: actor || undefined, subject_id: subject || undefined, limit: PAGE };
  const key = JSON.stringify(query);
  const asked = useAsked(key, (signal) => listActs(query, signal), EVERY_MS);
  const { items, onEnd, hasNewer, reset } = usePages({
    key,
    first: asked.answer,
    fetchPage: (cursor) => listActs({ ...query, cursor }, new AbortController().signal),
    keyOf: ({ audit_id }) => audit_id,
  });
  const chosen = items.find(({ audit_id }) => audit_id === open);
  return (
    <div class="page">
      <div class="filters">
        {tabs}
        <input
          type="search"
          data-search
          aria-label="Who did it"
          placeholder="Who did it, whole …  /"
          value={actor}
          onChange={({ currentTarget }) => setParams({ actor: currentTarget.value })}
        />
        <input
          type="search"
          aria-label="To whom or what"
          placeholder="To whom or what, whole …"
          value={subject}
          onChange={({ currentTarget }) => setParams({ subject: currentTarget.value })}
        />
        {hasNewer && (
          <button type="button" class="link" onClick={reset}>
            Show the newest
          </button>
        )}
      </div>
      <WithAnswer asked={asked}>
        {() => (
          <div class="split">
            {items.length === 0 ? (
              <Empty
                title={
                  actor === '' && subject === '' ? 'Nobody has done anything yet.' : 'Nothing like that is on record.'
                }
              />
            ) : (
              <Rows
                label="Audit"
                items={items}
                keyOf={({ audit_id }) => audit_id}
                columns={COLUMNS}
                openKey={open}
                onOpen={({ audit_id }) => setParams({ open: audit_id })}
                onClose={() => setParams({ open: undefined })}
                onEnd={onEnd}
              />
            )}
            {chosen && <ActPanel act={chosen} />}
          </div>
        )}
      </WithAnswer>
    </div>
  );
}

function ActPanel({ act: { act, at, actor, subject, address, details } }: { act: Act }) {
  return (
    <aside class="panel" aria-label="Act">
      <header>
        <h1>{act}</h1>
        <button type="button" class="plain" aria-label="Close" onClick={() => setParams({ open: undefined })}>
          ×
        </button>
      </header>
      <dl>
        <dt>When</dt>
        <dd>{exact(at).split('\n')[0]}</dd>
        <dt>Who</dt>
        <dd>
          {actor.role === 'operator' ? 'at the command line, ' : ''}
          <bdi>{plain(actor.id)}</bdi>
        </dd>
        <dt>From</dt>
        <dd>{address ?? 'the machine itself'}</dd>
        <dt>{subject.kind}</dt>
        <dd>
          <bdi>{plain(subject.id)}</bdi>
        </dd>
      </dl>
      <h2>Details</h2>
      <pre>{pretty(JSON.stringify(details))}</pre>
    </aside>
  );
}
