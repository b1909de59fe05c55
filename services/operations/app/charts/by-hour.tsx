import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { plain } from '../parts/plain.ts';
import { type Look, readLook, useTheme } from '../styles/look.ts';

/* Lines over the hours, each with its figure under the pointer. */

const HEIGHT = 220;
const LABEL_SPACE = 110;
/** In the order of the lines; more than these take turns. */
const COLOURS = ['accent', 'watch', 'good', 'violet', 'act', 'sky'] as const;

type Line = { name: string; values: readonly (number | null)[] };

type Props = { hours: readonly string[]; lines: readonly Line[]; show: (value: number) => string };

export function ByHour({ hours, lines, show }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const target = place.current;
    if (!target) return;
    const times = hours.map((hour) => Date.parse(hour) / 1_000);
    const data: uPlot.AlignedData = [times, ...lines.map(({ values }) => [...values])];
    const chart = new uPlot(optionsFor({ lines, show, look: readLook(), width: target.clientWidth }), data, target);
    const fit = new ResizeObserver(() => chart.setSize({ width: target.clientWidth, height: HEIGHT }));
    fit.observe(target);
    return () => {
      fit.disconnect();
      chart.destroy();
    };
  }, [hours, lines, show, theme]); // the theme decides the colours that are read
  return (
    <figure class="by-hour">
      <figcaption class="fine figure">{most({ hours, lines, show })}</figcaption>
      <div ref={place} role="img" aria-label={`From ${hours[0]} to ${hours.at(-1)}, by the hour`} />
    </figure>
  );
}

function optionsFor({ lines, show, look, width }: Omit<Props, 'hours'> & { look: Look; width: number }): uPlot.Options {
  const axis = { stroke: look.quiet, grid: { stroke: look.line, width: 1 }, ticks: { stroke: look.line, width: 1 } };
  return {
    width,
    height: HEIGHT,
    cursor: { drag: { x: true, y: false } },
    scales: { y: { range: (_chart, _low, high) => [0, Math.max(1, high) * 1.05] } },
    axes: [
      { ...axis, space: LABEL_SPACE, values: (_chart, splits) => splits.map((at) => clock(at * 1_000)) },
      { ...axis, size: 70, values: (_chart, splits) => splits.map(show) },
    ],
    series: [
      { label: 'Hour from', value: (_chart, at: number | null) => (at === null ? '–' : clock(at * 1_000)) },
      ...lines.map(({ name }, index) => ({
        label: plain(name),
        stroke: look[COLOURS[index % COLOURS.length] ?? 'text'],
        width: 1.5,
        value: (_chart: uPlot, value: number | null) => (value === null ? '–' : show(value)),
      })),
    ],
  };
}

/** For whoever does not see the lines, and for all others too. */
function most({ hours, lines, show }: Props): string {
  let top: { name: string; value: number; hour: string } | undefined;
  for (const { name, values } of lines) {
    values.forEach((value, index) => {
      if (value !== null && value > (top?.value ?? 0)) top = { name, value, hour: hours[index] ?? '' };
    });
  }
  if (!top) return 'Nothing in this time';
  return `The most: ${show(top.value)}, ${plain(top.name)}, in the hour from ${clock(Date.parse(top.hour))}`;
}

function clock(at: number): string {
  return new Date(at).toLocaleString(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
}
