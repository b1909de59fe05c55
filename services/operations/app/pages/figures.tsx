import { useMemo } from 'preact/hooks';
import { linkTo, setParams, useAddress } from '../address.ts';
import { TONES } from '../bookings/status.tsx';
import { Bars } from '../charts/bars.tsx';
import { ByHour } from '../charts/by-hour.tsx';
import { serverNow } from '../data/clock.ts';
import { type Counts, getStats, type Stats } from '../data/prices.ts';
import { useAsked } from '../data/use-asked.ts';
import { money } from '../parts/money.ts';
import { Wide } from '../parts/rows.tsx';
import { Empty, WithAnswer } from '../parts/states.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { count, Words } from '../parts/text.tsx';
import { duration } from '../parts/time.tsx';
import '../styles/pages-figures.css';

const EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
const RANGES = { 'last day': DAY_MS, 'last 7 days': 7 * DAY_MS, 'last 30 days': 30 * DAY_MS };
const RANGE_NAMES = Object.keys(RANGES) as (keyof typeof RANGES)[]; // Object.keys forgets the key type

/** How the business goes: how many bookings get how far, how long it takes, and why some come to nothing. */
export function Figures() {
  const { params } = useAddress();
  const range = RANGE_NAMES.find((name) => name === params.get('range')) ?? 'last day';
  const asked = useAsked(
    `figures ${range}`,
    (signal) => {
      const now = serverNow();
      return getStats({ from: new Date(now - RANGES[range]).toISOString(), to: new Date(now).toISOString() }, signal);
    },
    EVERY_MS,
  );
  return (
    <div class="page">
      <div class="filters">
        <Tabs
          label="When they were booked"
          names={RANGE_NAMES}
          chosen={range}
          onChoose={(name) => setParams({ range: name })}
        />
      </div>
      <WithAnswer asked={asked}>
        {(stats) =>
          stats.funnel.bookings === 0 ? (
            <Empty title="Nothing was booked in this time." />
          ) : (
            <div class="figures">
              <Funnel funnel={stats.funnel} />
              <Statuses stats={stats} />
              <Hourly stats={stats} />
              <ByType stats={stats} />
              <Reasons stats={stats} />
              <Drivers stats={stats} />
            </div>
          )
        }
      </WithAnswer>
    </div>
  );
}

function Funnel({ funnel }: { funnel: Counts }) {
  const { bookings, offered, accepted, collected, trips_completed, average_search_seconds, average_trip_seconds } =
    funnel;
  const steps = { booked: bookings, offered, accepted, collected, delivered: trips_completed };
  return (
    <section>
      <h2>How far bookings get</h2>
      <Bars
        rows={Object.entries(steps).map(([name, value]) => ({
          name,
          value,
          label: `${value.toLocaleString('en')}  ${percent(value, bookings)}`,
        }))}
      />
      <p>
        A driver is found after {seconds(average_search_seconds)}; a trip takes {seconds(average_trip_seconds)} from
        collection to the end. Delivered: {worth(funnel)}.
      </p>
    </section>
  );
}

function Statuses({ stats: { by_status } }: { stats: Stats }) {
  return (
    <section>
      <h2>Where they are now</h2>
      <Bars
        rows={Object.keys(TONES).flatMap((name) => {
          const value = by_status.find(({ status }) => status === name)?.bookings ?? 0;
          return value === 0 ? [] : { name, value, label: count(value, 'booking') };
        })}
      />
    </section>
  );
}

/** Of each type of vehicle a line. An hour in which nobody was found, or nothing delivered, has no time. */
function Hourly({ stats: { series } }: { stats: Stats }) {
  const { hours, by_vehicle_type } = series;
  const charts = useMemo(() => {
    const linesOf = (column: 'bookings' | 'trips_completed' | 'average_search_seconds' | 'average_trip_seconds') =>
      by_vehicle_type.map((each) => ({ name: each.vehicle_type, values: each[column] }));
    return [
      { title: 'Booked, by the hour', show: whole, lines: linesOf('bookings') },
      { title: 'Delivered, by the hour in which it was booked', show: whole, lines: linesOf('trips_completed') },
      { title: 'How long a search took', show: duration, lines: linesOf('average_search_seconds') },
      { title: 'How long a trip took', show: duration, lines: linesOf('average_trip_seconds') },
    ];
  }, [by_vehicle_type]);
  return charts.map(({ title, show, lines }) => (
    <Wide key={title} label={title}>
      <h2>{title}</h2>
      <ByHour hours={hours} lines={lines} show={show} />
    </Wide>
  ));
}

function whole(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : '';
}

function ByType({ stats: { by_vehicle_type } }: { stats: Stats }) {
  return (
    <Wide label="By type of vehicle">
      <h2>By type of vehicle</h2>
      <table>
        <Heads of="Type" figures={['Booked', 'Delivered', 'Cancelled', 'Nobody found', 'Search', 'Trip', 'Worth']} />
        <tbody>
          {by_vehicle_type.map((each) => (
            <tr key={each.vehicle_type}>
              <th scope="row">
                <Words>{each.vehicle_type}</Words>
              </th>
              <td class="figure">{each.bookings}</td>
              <td class="figure">{each.trips_completed}</td>
              <td class="figure">{each.cancelled}</td>
              <td class={each.no_driver_found > 0 ? 'figure problem' : 'figure'}>{each.no_driver_found}</td>
              <td class="figure">{seconds(each.average_search_seconds)}</td>
              <td class="figure">{seconds(each.average_trip_seconds)}</td>
              <td class="figure">{worth(each)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Reasons({ stats: { funnel } }: { stats: Stats }) {
  if (funnel.reasons.length === 0) return null;
  return (
    <section>
      <h2>Why bookings came to nothing</h2>
      <Bars
        rows={funnel.reasons.map(({ status, reason, bookings }) => ({
          name: `${status}: ${reason}`,
          value: bookings,
          label: count(bookings, 'booking'),
        }))}
      />
    </section>
  );
}

function Drivers({ stats: { drivers } }: { stats: Stats }) {
  return (
    <Wide label="Drivers">
      <h2>Drivers, those with the most trips first</h2>
      <table>
        <Heads
          of="Driver"
          figures={['Trips', 'A trip takes', 'Asked', 'Said yes', 'Said no', 'No answer', 'Gave back']}
        />
        <tbody>
          {drivers.map((each) => (
            <tr key={each.driver_id}>
              <th scope="row">
                <a href={linkTo('drivers', { id: each.driver_id })}>
                  <Words>{each.driver_id}</Words>
                </a>
              </th>
              <td class="figure">{each.trips_completed}</td>
              <td class="figure">{seconds(each.average_trip_seconds)}</td>
              <td class="figure">{each.offers}</td>
              <td class="figure">
                {each.accepted} {percent(each.accepted, each.offers)}
              </td>
              <td class="figure">{each.declined}</td>
              <td class="figure">{each.expired}</td>
              <td class="figure">{each.given_back}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Heads({ of, figures }: { of: string; figures: readonly string[] }) {
  return (
    <thead>
      <tr>
        <th scope="col">{of}</th>
        {figures.map((name) => (
          <th key={name} scope="col" class="figure">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function seconds(value: number | null): string {
  return value === null ? 'not known' : duration(value);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${Math.round((part / whole) * 100)} %`;
}

function worth({ completed_values }: Counts): string {
  return completed_values.map(({ amount, currency }) => money(amount, currency)).join(' and ') || 'nothing';
}
