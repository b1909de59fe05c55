import type { DriverStatus } from '@logi/contracts';
import { useEffect, useRef } from 'preact/hooks';
import { setParams, useAddress } from '../address.ts';
import { ASK_EVERY_MS, DRAW_EVERY_MS, useDraw, useEvery } from '../data/changes.ts';
import { type DriverFeature, listDrivers } from '../data/drivers.ts';
import { useLive } from '../data/live.ts';
import { type Asked, useAsked } from '../data/use-asked.ts';
import { DriverPanel } from '../drivers/driver-panel.tsx';
import { LABELS, Label } from '../drivers/label.tsx';
import { SearchField } from '../fields/search-field.tsx';
import { type Column, Rows } from '../parts/rows.tsx';
import { Empty, WithAnswer } from '../parts/states.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { count, Words } from '../parts/text.tsx';
import { Ago } from '../parts/time.tsx';
import { usePages } from '../parts/use-pages.ts';
import '../styles/pages-drivers.css';

const EVERY_MS = 10_000;
const PAGE = 500;
const ALL = 'all';

const COLUMNS: Column<DriverFeature>[] = [
  { name: 'Label', width: '110px', cell: ({ properties: { status } }) => <Label label={status} /> },
  { name: 'Driver', width: 'minmax(140px, 1fr)', cell: ({ properties: { driver_id } }) => <Words>{driver_id}</Words> },
  { name: 'Vehicle', width: '80px', cell: ({ properties: { vehicle_type } }) => <Words>{vehicle_type ?? ''}</Words> },
  {
    name: 'Fix',
    width: '80px',
    isFigure: true,
    cell: ({ properties: { recorded_at } }) =>
      recorded_at === null ? <span class="fine">none</span> : <Ago at={recorded_at} />,
  },
  {
    name: 'On booking',
    width: '290px',
    cell: ({ properties: { booking_id } }) => booking_id !== null && <Words mono>{booking_id}</Words>,
  },
];

/** Who drives, and what each of them is called just now. */
export function Drivers() {
  const { params } = useAddress();
  const label = LABELS.find((each) => each === params.get('label'));
  const id = params.get('id') ?? undefined;
  const query = { status: label, limit: PAGE };
  const key = `drivers ${label}`;
  const fetchPage = async (cursor: string | undefined, signal: AbortSignal) => {
    const { features, next_cursor } = await listDrivers({ ...query, cursor }, signal);
    return { items: features, next_cursor };
  };
  const asked = useAsked(key, (signal) => fetchPage(undefined, signal), EVERY_MS);
  const asNow = useLabels(asked);
  const { items, onEnd } = usePages({
    key,
    first: asked.answer,
    fetchPage: (cursor) => fetchPage(cursor, new AbortController().signal),
    keyOf: ({ properties }) => properties.driver_id,
  });
  const shown = items.map(asNow).filter(({ properties: { status } }) => label === undefined || status === label);
  return (
    <div class="page">
      <div class="filters">
        <Tabs
          label="Called"
          names={[ALL, ...LABELS]}
          chosen={label ?? ALL}
          onChoose={(name) => setParams({ label: name === ALL ? undefined : name })}
        />
        <SearchField
          label="Driver"
          placeholder="Id of a driver"
          onSearch={(id) => {
            setParams({ id });
            return false;
          }}
        />
        {asked.answer && (
          <span class="fine figure">{onEnd ? `more than ${shown.length} drivers` : count(shown.length, 'driver')}</span>
        )}
      </div>
      <WithAnswer asked={asked}>
        {() => (
          <div class="split">
            {shown.length === 0 ? (
              <Empty title={label === undefined ? 'Nobody has ever been on duty.' : `Nobody is ${label}.`} />
            ) : (
              <Rows
                label="Drivers"
                items={shown}
                keyOf={({ properties }) => properties.driver_id}
                columns={COLUMNS}
                openKey={id}
                onOpen={({ properties }) => setParams({ id: properties.driver_id })}
                onClose={() => setParams({ id: undefined })}
                onEnd={onEnd}
              />
            )}
            {id !== undefined && <DriverPanel key={id} id={id} onClose={() => setParams({ id: undefined })} />}
          </div>
        )}
      </WithAnswer>
    </div>
  );
}

/** Labels that have changed since the list was asked for; whoever is in none of it has it asked for again. */
function useLabels({ answer, again }: Asked<{ items: DriverFeature[] }>) {
  const labels = useRef(new Map<string, DriverStatus>());
  const draw = useEvery(DRAW_EVERY_MS, useDraw());
  const askAgain = useEvery(ASK_EVERY_MS, again);
  useEffect(() => labels.current.clear(), [answer]);
  useLive(
    'driver_status_update',
    ({ payload: { driver_id, status } }) => {
      labels.current.set(driver_id, status);
      if (answer?.items.some(({ properties }) => properties.driver_id === driver_id)) draw();
      else askAgain();
    },
    again,
  );
  return (driver: DriverFeature): DriverFeature => {
    const status = labels.current.get(driver.properties.driver_id);
    return status === undefined ? driver : { ...driver, properties: { ...driver.properties, status } };
  };
}
