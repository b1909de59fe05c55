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
