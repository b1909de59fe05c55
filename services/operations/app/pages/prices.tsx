import { useState } from 'preact/hooks';
import { linkTo, setParams, useAddress } from '../address.ts';
import { listRates, putRates, type Rates, type RatesChange } from '../data/prices.ts';
import { useAsked } from '../data/use-asked.ts';
import { Confirm } from '../parts/confirm.tsx';
import { money } from '../parts/money.ts';
import { type Column, Rows } from '../parts/rows.tsx';
import { Empty, State, WithAnswer } from '../parts/states.tsx';
import { plain, Words } from '../parts/text.tsx';
import { tell } from '../parts/toasts.tsx';
import '../styles/pages-figures.css';

const EVERY_MS = 60_000;

const amount = (name: string, field: 'base' | 'per_kilometer' | 'per_minute' | 'minimum'): Column<Rates> => ({
  name,
  width: '110px',
  isFigure: true,
  cell: (rates) => money(rates[field], rates.currency),
});
const COLUMNS: Column<Rates>[] = [
  { name: 'Type', width: 'minmax(100px, 1fr)', cell: ({ vehicle_type }) => <Words>{vehicle_type}</Words> },
  {
    name: 'Offered',
    width: '110px',
    cell: ({ is_offered }) => (
      <State tone={is_offered ? 'good' : 'rest'}>{is_offered ? 'offered' : 'not offered'}</State>
    ),
  },
  amount('Base', 'base'),
  amount('Per km', 'per_kilometer'),
  amount('Per minute', 'per_minute'),
  amount('At least', 'minimum'),
  { name: 'Pace', width: '80px', isFigure: true, cell: ({ average_kilometers_per_hour: pace }) => `${pace} km/h` },
  { name: 'Size', width: '50px', isFigure: true, cell: ({ size }) => size },
];
const NEW = '+';

/** The types of vehicle there are, and what they cost. */
export function Prices() {
  const { params } = useAddress();
  const open = params.get('type') ?? undefined;
  const asked = useAsked('rates', listRates, EVERY_MS);
  const close = () => setParams({ type: undefined });
  return (
    <div class="page">
      <div class="filters">
        <span class="fine">
          A change holds for estimates from now on; what has been quoted or booked keeps its price.
        </span>
        <span class="rest" />
        <button type="button" class="main" onClick={() => setParams({ type: NEW })}>
          Add a type
        </button>
      </div>
      <WithAnswer asked={asked}>
        {(types) => (
          <div class="split">
            {types.length === 0 ? (
              <Empty title="There is no type of vehicle, so nothing can be booked." />
            ) : (
              <Rows
                label="Types of vehicle"
                items={types}
                keyOf={({ vehicle_type }) => vehicle_type}
                columns={COLUMNS}
                openKey={open}
                onOpen={({ vehicle_type }) => setParams({ type: vehicle_type })}
                onClose={close}
              />
            )}
            {open !== undefined && (
              <Panel
                key={open}
                before={types.find(({ vehicle_type }) => vehicle_type === open)}
                onClose={close}
                onDone={asked.again}
              />
            )}
          </div>
        )}
      </WithAnswer>
    </div>
  );
}

const FIELDS = {
  currency: 'Currency, as EUR',
  base: 'Base',
  per_kilometer: 'Per kilometre',
  per_minute: 'Per minute',
  minimum: 'At least',
  average_kilometers_per_hour: 'Pace in km/h, traffic included',
  size: 'Size: a larger one can stand in for a smaller',
} as const satisfies Partial<Record<keyof Rates, string>>;
type Field = keyof typeof FIELDS;
const FIELD_NAMES = Object.keys(FIELDS) as Field[]; // Object.keys forgets the key type

type PanelProps = { before: Rates | undefined; onClose: () => void; onDone: () => void };

function Panel({ before, onClose, onDone }: PanelProps) {
  const [name, setName] = useState(before?.vehicle_type ?? '');
  const [texts, setTexts] = useState<Partial<Record<Field, string>>>({});
  const [isOffered, setOffered] = useState(before?.is_offered ?? true);
  const [isAsking, setAsking] = useState(false);
  const change = changeOf(before, texts, isOffered);
  const isNew = before === undefined;
  return (
    <aside class="panel" aria-label="Type of vehicle">
      <header>
        <h1>{isNew ? 'A new type' : <bdi>{plain(before.vehicle_type)}</bdi>}</h1>
        <button type="button" class="plain" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </header>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          setAsking(true);
        }}
      >
        {isNew && (
          <label>
            Name
            <input required value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
          </label>
        )}
        {FIELD_NAMES.map((field) => (
          <label key={field}>
            {FIELDS[field]}
            <input
              required
              {...(field === 'currency' ? { maxLength: 3 } : { type: 'number', step: 'any', min: 0 })}
              value={texts[field] ?? before?.[field] ?? ''}
              onInput={({ currentTarget }) => setTexts({ ...texts, [field]: currentTarget.value })}
            />
          </label>
        ))}
        <label class="check">
          <input
            type="checkbox"
            checked={isOffered}
            onChange={({ currentTarget }) => setOffered(currentTarget.checked)}
          />
          offered to users
        </label>
        <div class="actions">
          <button type="submit" class="main" disabled={Object.keys(change).length === 0}>
            {isNew ? 'Add it' : 'Change it'}
          </button>
          {!isNew && (
            <a href={linkTo('sessions', { tab: 'audit', kind: 'vehicle_type', subject: before.vehicle_type })}>
              What it was before, and who changed it
            </a>
          )}
        </div>
      </form>
      {isAsking && (
        <Confirm
          title={isNew ? `Add ${plain(name)}?` : `Change ${plain(name)}?`}
          act={isNew ? 'Add it' : 'Change it'}
          onClose={() => setAsking(false)}
          onAct={async () => {
            await putRates(name, change);
            tell(isNew ? `${plain(name)} is there` : `${plain(name)} is changed`);
            setTexts({});
            onDone();
            setParams({ type: name });
          }}
        >
          <ul>
            {Object.entries(change).map(([field, value]) => (
              <li key={field}>
                {field.replaceAll('_', ' ')}:{' '}
                {!isNew && <>{String(before[field as keyof Rates] /* a change has the same keys */)} → </>}
                <strong>{plain(String(value))}</strong>
              </li>
            ))}
          </ul>
          <p class="fine">It holds at once, and is on record with your name.</p>
        </Confirm>
      )}
    </aside>
  );
}

/** What is other than it was. */
function changeOf(before: Rates | undefined, texts: Partial<Record<Field, string>>, isOffered: boolean): RatesChange {
  const changed = FIELD_NAMES.flatMap((field) => {
    const text = texts[field];
    if (text === undefined || text === '' || text === String(before?.[field])) return [];
    return [[field, field === 'currency' ? text : Number(text)] as const];
  });
  return { ...Object.fromEntries(changed), ...(isOffered !== before?.is_offered && { is_offered: isOffered }) };
}
