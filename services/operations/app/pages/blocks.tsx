import { ROLES, type Role } from '@logi/contracts';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Block, letIn, listBlocks } from '../data/people.ts';
import { useAsked } from '../data/use-asked.ts';
import { Choice } from '../fields/choice.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { type Column, Rows } from '../parts/rows.tsx';
import { Empty, WithAnswer } from '../parts/states.tsx';
import { plain, Words } from '../parts/text.tsx';
import { Ago } from '../parts/time.tsx';
import { tell } from '../parts/toasts.tsx';
import { usePages } from '../parts/use-pages.ts';
import { PutOut } from './put-out.tsx';

const EVERY_MS = 10_000;
const PAGE = 100;

/** Who is put out now. */
export function Blocks({ tabs }: { tabs: JSX.Element }) {
  const asked = useAsked('blocks', (signal) => listBlocks({ limit: PAGE }, signal), EVERY_MS);
  const { items, onEnd, reset } = usePages({
    key: 'blocks',
    first: asked.answer,
    fetchPage: (cursor) => listBlocks({ limit: PAGE, cursor }, new AbortController().signal),
    keyOf: nameOf,
  });
  const after = () => {
    reset();
    asked.again();
  };
  const [lifting, setLifting] = useState<Block>();
  const columns: Column<Block>[] = [
    { name: 'Role', width: '64px', cell: ({ role }) => role },
    { name: 'Who', width: 'minmax(160px, 1fr)', cell: ({ sub }) => <Words>{sub}</Words> },
    { name: 'Refused', width: '190px', cell: whatIsRefused },
    { name: 'Why', width: 'minmax(120px, 1fr)', cell: ({ reason }) => <Words>{reason ?? '–'}</Words> },
    { name: 'By', width: '140px', cell: ({ blocked_by }) => <Words>{blocked_by}</Words> },
    { name: 'Since', width: '90px', isFigure: true, cell: ({ blocked_at }) => <Ago at={blocked_at} /> },
    {
      name: '',
      width: '80px',
      cell: (block) => (
        <button type="button" class="link" onClick={() => setLifting(block)}>
          Let in
        </button>
      ),
    },
  ];
  return (
    <div class="page">
      <div class="filters">
        {tabs}
        <span class="rest" />
        <PutSomebodyOut onDone={after} />
      </div>
      <WithAnswer asked={asked}>
        {() =>
          items.length === 0 ? (
            <Empty title="Nobody is put out.">Whoever is, cannot call, connect or be told anything.</Empty>
          ) : (
            <Rows label="Blocks" items={items} keyOf={nameOf} columns={columns} onEnd={onEnd} />
          )
        }
      </WithAnswer>
      {lifting && (
        <Confirm
          title={`Let ${lifting.role} ${plain(lifting.sub)} in again?`}
          act="Let in"
          onClose={() => setLifting(undefined)}
          onAct={async () => {
            await letIn(lifting);
            tell(`${lifting.role} ${plain(lifting.sub)} may come in again`);
            after();
          }}
        />
      )}
    </div>
  );
}

function nameOf({ role, sub }: Block): string {
  return `${role} ${sub}`;
}

function whatIsRefused({ until, tokens_issued_before }: Block) {
  if (tokens_issued_before !== null) {
    return (
      <>
        tokens from before <Ago at={tokens_issued_before} />
      </>
    );
  }
  return until === null ? (
    'everything'
  ) : (
    <>
      everything, ends <Ago at={until} />
    </>
  );
}

function PutSomebodyOut({ onDone }: { onDone: () => void }) {
  const [who, setWho] = useState<{ role: Role; sub: string }>({ role: 'user', sub: '' });
  const [isAsking, setAsking] = useState(false);
  return (
    <form
      class="actions"
      onSubmit={(event) => {
        event.preventDefault();
        setAsking(true);
      }}
    >
      <Choice label="Role" value={who.role} options={ROLES} onChoose={(role) => setWho({ ...who, role })} />
      <input
        required
        data-search
        aria-label="Whom"
        placeholder="Whom …  /"
        value={who.sub}
        onInput={({ currentTarget }) => setWho({ ...who, sub: currentTarget.value })}
      />
      <button type="submit" class="grave">
        Put out
      </button>
      {isAsking && <PutOut who={who} onClose={() => setAsking(false)} onDone={onDone} />}
    </form>
  );
}
