import { plain } from '../parts/plain.ts';

/* Charts that say their figures themselves, and begin at nothing. */

type Bar = { name: string; value: number; label: string };

export function Bars({ rows }: { rows: readonly Bar[] }) {
  const most = Math.max(1, ...rows.map(({ value }) => value));
  return (
    <dl class="bars">
      {rows.map(({ name, value, label }) => (
        <div key={name}>
          <dt title={plain(name)}>
            <bdi>{plain(name)}</bdi>
          </dt>
          <dd>
            <span class="bar" style={{ width: `${(value / most) * 100}%` }} />
            <span class="figure">{label}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const HOUR_MS = 3_600_000;
const [HEIGHT, STEP] = [80, 10];

type HoursProps = { from: string; to: string; hours: readonly { at: string; value: number }[] };

/** One column for each hour, also for those in which nothing was; the largest says how much it is. */
export function Hours({ from, to, hours }: HoursProps) {
  const first = Math.floor(Date.parse(from) / HOUR_MS);
  const length = Math.max(1, Math.floor(Date.parse(to) / HOUR_MS) - first + 1);
  const values = Array.from({ length }, () => 0);
  for (const { at, value } of hours) {
    const index = Math.floor(Date.parse(at) / HOUR_MS) - first;
    if (index >= 0 && index < length) values[index] = value;
  }
  const most = Math.max(1, ...values);
  const at = (index: number) => new Date((first + index) * HOUR_MS);
  const peak = values.indexOf(most);
  return (
    <figure class="hours">
      <figcaption class="fine figure">
        {most} in the hour from {clock(at(Math.max(0, peak)))}, the most
      </figcaption>
      <svg
        viewBox={`0 0 ${length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`From ${from} to ${to}`}
      >
        {values.map((value, index) => (
          <rect
            key={index}
            x={index * STEP + 1}
            width={STEP - 2}
            y={HEIGHT - (value / most) * HEIGHT}
            height={(value / most) * HEIGHT}
          >
            <title>{`${value} in the hour from ${clock(at(index))}`}</title>
          </rect>
        ))}
      </svg>
      <div class="ends fine">
        <span>{clock(at(0))}</span>
        <span>{clock(at(length - 1))}</span>
      </div>
    </figure>
  );
}

function clock(at: Date): string {
  return at.toLocaleString(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
}
