import { ROLES } from '@logi/contracts';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { linkTo, setParams, useAddress } from '../address.ts';
import { type Sessions as Answer, type Connected, endSession, listSessions } from '../data/people.ts';
import { useAsked } from '../data/use-asked.ts';
import { Choice } from '../fields/choice.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { type Column, Rows } from '../parts/rows.tsx';
import { Empty, WithAnswer } from '../parts/states.tsx';
import { Code, count, plain, Words } from '../parts/text.tsx';
import { Ago } from '../parts/time.tsx';
import { tell } from '../parts/toasts.tsx';
import { PutOut } from './put-out.tsx';

const EVERY_MS = 5_000;
/** From here on a reader is slow: it is closed with 4008 when ten times as many wait. */
const MANY_WAITING = 1_000;

const COLUMNS: Column<Connected>[] = [
  { name: 'Role', width: '64px', cell: ({ role }) => role },
  { name: 'Who', width: 'minmax(160px, 1fr)', cell: ({ sub }) => <Words>{sub}</Words> },
  { name: 'Connected', width: '90px', isFigure: true, cell: ({ connected_at }) => <Ago at={connected_at} /> },
  { name: 'Speaks', width: '70px', cell: ({ protocol }) => protocol },
  { name: 'From', width: '130px', cell: ({ address }) => <Words mono>{address}</Words> },
  {
    name: 'Waiting',
    width: '90px',
    isFigure: true,
    cell: ({ queued_events }) => (
      <span class={queued_events >= MANY_WAITING ? 'problem' : ''}>{count(queued_events, 'event')}</span>
    ),
  },
];

/** Who is connected to the gateways, and how much waits for them. */
export function Sessions({ tabs }: { tabs: JSX.Element }) {
  const { params } = useAddress();
  const [role, q, open] = [params.get('role') ?? '', params.get('q') ?? '', params.get('open') ?? undefined];
  // Only whole names can be asked for, so what is typed is looked for in what there is.
  const asked = useAsked(`sessions ${role}`, (signal) => listSessions({ role: role || undefined }, signal), EVERY_MS);
  const items = (asked.answer?.items ?? []).filter(({ sub, address }) =>
    `${sub} ${address}`.toLowerCase().includes(q.toLowerCase()),
  );
  const chosen = items.find(({ session_id }) => session_id === open);
  return (
    <div class="page">
      <div class="filters">
        {tabs}
        <Choice
          label="Role"
          all="all roles"
          value={role}
          options={ROLES}
          onChoose={(chosen) => setParams({ role: chosen })}
        />
        <input
          type="search"
          data-search
          aria-label="Who or where from"
          placeholder="Who, or where from …  /"
          value={q}
          onInput={({ currentTarget }) => setParams({ q: currentTarget.value })}
        />
        {asked.answer && <span class="fine figure">{told(asked.answer)}</span>}
      </div>
      {(asked.answer?.missing_instances.length ?? 0) > 0 && (
        <p class="banner watch">
          {count(asked.answer?.missing_instances.length ?? 0, 'gateway')} did not answer, and may have more sessions.
        </p>
      )}
      <WithAnswer asked={asked}>
        {() => (
          <div class="split">
            {items.length === 0 ? (
              <Empty title={q === '' && role === '' ? 'Nobody is connected.' : 'Nobody like that is connected.'} />
            ) : (
              <Rows
                label="Sessions"
                items={items}
                keyOf={({ session_id }) => session_id}
                columns={COLUMNS}
                openKey={open}
                onOpen={({ session_id }) => setParams({ open: session_id })}
                onClose={() => setParams({ open: undefined })}
              />
            )}
            {chosen && <Panel key={chosen.session_id} session={chosen} onChange={asked.again} />}
          </div>
        )}
      </WithAnswer>
    </div>
  );
}

function told({ items, count: all }: Answer): string {
  return all > items.length ? `${items.length} of ${count(all, 'session')}` : count(all, 'session');
}

function Panel({ session, onChange }: { session: Connected; onChange: () => void }) {
  const { session_id, instance_id, role, sub, address, protocol, connected_at, expires_at, acked_id } = session;
  const [asking, setAsking] = useState<'end' | 'put out'>();
  const close = () => setAsking(undefined);
  return (
    <aside class="panel" aria-label="Session">
      <header>
        <h1>
          {role} <bdi>{plain(sub)}</bdi>
        </h1>
        <button type="button" class="plain" aria-label="Close" onClick={() => setParams({ open: undefined })}>
          ×
        </button>
      </header>
      <dl>
        <dt>Connected</dt>
        <dd>
          <Ago at={connected_at} /> from {plain(address)}
        </dd>
        <dt>Token ends</dt>
        <dd>{expires_at === null ? 'never' : <Ago at={expires_at} />}</dd>
        <dt>Speaks</dt>
        <dd>{protocol}</dd>
        <dt>Waiting</dt>
        <dd>
          {count(session.queued_events, 'event')}, {count(session.queued_bytes, 'byte')}
        </dd>
        <dt>Has acknowledged</dt>
        <dd>{acked_id === null ? 'nothing' : <Code>{plain(acked_id)}</Code>}</dd>
        <dt>Session</dt>
        <dd class="mono">{session_id}</dd>
        <dt>Gateway</dt>
        <dd class="mono">{instance_id}</dd>
      </dl>
      <div class="actions">
        <button type="button" onClick={() => setAsking('end')}>
          End session
        </button>
        <button type="button" class="grave" onClick={() => setAsking('put out')}>
          Put out
        </button>
        <a href={linkTo('sessions', { tab: 'audit', kind: role, subject: sub })}>What admins did about them</a>
      </div>
      {asking === 'end' && (
        <Confirm
          title="End this session?"
          act="End session"
          onClose={close}
          onAct={async () => {
            const { count: ended } = await endSession(session_id);
            tell(ended === 0 ? 'It had ended already' : 'The session is ended');
            onChange();
          }}
        >
          <p>
            Their app is closed with 4410. Their token stays good: they can sign in again. To keep them out, put them
            out.
          </p>
        </Confirm>
      )}
      {asking === 'put out' && <PutOut who={{ role, sub }} onClose={close} onDone={onChange} />}
    </aside>
  );
}
