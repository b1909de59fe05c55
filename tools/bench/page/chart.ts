import { short } from './tables.ts';

/*
 * Pictures as SVG text, in the colours of whoever looks: a page in the dark is dark, by the reader's own setting.
 */

const WIDTH = 760;
const MARGIN = 16;
const LABELS = 270;
const NUMBERS = 120;
const PLOT = WIDTH - 2 * MARGIN - LABELS - NUMBERS;
const TOP = 64;
const BAR = 14;
const GAP = 14;
/** Told apart by most eyes, on white and on black. */
const COLOURS = ['#4c7fd9', '#e0902f', '#2f9e77', '#c65d9b'];
const STYLE = `<style>
  .ground { fill: #ffffff } .text { fill: #1f2328 } .line { stroke: #8c959f }
  @media (prefers-color-scheme: dark) { .ground { fill: #0d1117 } .text { fill: #e6edf3 } .line { stroke: #6e7681 } }
  text { font: 12px system-ui, sans-serif } .title { font-weight: 600; font-size: 14px }
</style>`;

export type Group = { label: string; values: Readonly<Record<string, number>> };

/** Bars that lie: for each group one beside the other, or in a row where they add up to a whole. */
export function bars(
  { title, unit, isStacked }: { title: string; unit: string; isStacked: boolean },
  groups: readonly Group[],
): string {
  const names = [...new Set(groups.flatMap(({ values }) => Object.keys(values)))];
  const lengths = groups.map(({ values }) => (isStacked ? [sum(values)] : Object.values(values)));
  const scale = PLOT / Math.max(...lengths.flat(), Number.MIN_VALUE);
  const parts: string[] = [];
  let y = TOP;
  for (const { label, values } of groups) {
    const shown = Object.entries(values);
    const height = (isStacked ? 1 : shown.length) * BAR;
    parts.push(text(MARGIN, y + height / 2 + 4, label));
    let x = MARGIN + LABELS;
    for (const [index, [name, value]] of shown.entries()) {
      const at = { x, y: isStacked ? y : y + index * BAR };
      const colour = COLOURS[names.indexOf(name) % COLOURS.length];
      parts.push(
        `<rect x="${at.x.toFixed(1)}" y="${at.y}" width="${(value * scale).toFixed(1)}" height="${BAR - 2}" fill="${colour}"/>`,
      );
      if (isStacked) x += value * scale;
      else parts.push(text(at.x + value * scale + 6, at.y + BAR - 4, short(value)));
    }
    if (isStacked) parts.push(text(x + 6, y + BAR - 4, short(sum(values))));
    y += height + GAP;
  }
  return picture({ title: `${title}, ${unit}`, height: y }, [legend(names), ...parts]);
}

export type Range = { label: string; ratio: number; low: number; high: number };

/** Ratios with their ranges around 1; the scale is one of factors, so that half and double are equally far. */
export function ranges(title: string, rows: readonly Range[]): string {
  const furthest = Math.max(1.5, ...rows.flatMap(({ low, high }) => [high, 1 / low]).filter(Number.isFinite));
  const place = (ratio: number) =>
    MARGIN + LABELS + (PLOT / 2) * (1 + Math.log(Math.max(ratio, 1 / furthest)) / Math.log(furthest));
  const height = TOP + rows.length * (BAR + GAP);
  const line = (x1: number, x2: number, y: [number, number]) =>
    `<line class="line" x1="${x1.toFixed(1)}" x2="${x2.toFixed(1)}" y1="${y[0]}" y2="${y[1]}"/>`;
  const parts = rows.flatMap(({ label, ratio, low, high }, index) => {
    const y = TOP + index * (BAR + GAP) + BAR / 2;
    return [
      text(MARGIN, y + 4, label),
      line(place(low), place(high), [y, y]),
      `<circle cx="${place(ratio).toFixed(1)}" cy="${y}" r="4" fill="${COLOURS[ratio <= 1 ? 0 : 1]}"/>`,
      text(WIDTH - MARGIN - NUMBERS + 6, y + 4, `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`),
    ];
  });
  return picture({ title, height }, [line(place(1), place(1), [TOP - 12, height - GAP]), ...parts]);
}

function picture({ title, height }: { title: string; height: number }, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    STYLE,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    text(MARGIN, 24, title, 'text title'),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function legend(names: readonly string[]): string {
  let x = MARGIN + LABELS;
  return names
    .map((name, index) => {
      const entry = `<rect x="${x}" y="36" width="10" height="10" fill="${COLOURS[index % COLOURS.length]}"/>${text(x + 15, 45, name)}`;
      x += 40 + name.length * 7;
      return entry;
    })
    .join('\n');
}

function text(x: number, y: number, words: string, style = 'text'): string {
  return `<text class="${style}" x="${x.toFixed(1)}" y="${y}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
