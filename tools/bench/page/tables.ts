import { judgePairs, LIMIT } from '../pairs/verdict.ts';
import { type Row, verdictOf } from '../suite.ts';
import type { Comparison, Run } from './kept.ts';

/** A run as Markdown: which it was, and its tables. */
export function runTables({ rows }: Run): string {
  const [{ at, commit, cores }] = rows;
  const byTable = Map.groupBy(rows, ({ table }) => table);
  const tables = [...byTable].map(([title, kept]) => {
    const cells = kept.map(({ row }) => cellsOf(row));
    return `**${title}**\n\n${table(['', 'ours', 'beside', 'bar', ''], cells)}`;
  });
  return [`Commit \`${commit}\`, ${cores} cores, ${when(at)}.`, ...tables].join('\n\n');
}

function cellsOf(row: Row): string[] {
  const what = row.what.startsWith(' ') ? `… ${row.what.trim()}` : row.what;
  const verdict = verdictOf(row);
  return [what, row.ours, row.peer ?? '', row.bar ?? '', row.isMet === false ? `**${verdict}**` : verdict];
}

/** What the pairs of a comparison say of each figure. */
export function verdictTable({ commit, tree, at, pairs }: Comparison): string {
  const rows = judgePairs(pairs, LIMIT).map(({ figure, older, newer, ratio, low, high, word }) => {
    const range = `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
    return [figure, short(older), short(newer), range, word];
  });
  const sides = `${tree === undefined ? 'A tree of that day' : `\`${tree}\``} beside \`${commit}\``;
  return `${sides}, ${pairs.length} pairs, the last of ${when(at)}.\n\n${table(
    ['', 'older', 'newer', 'ratio', ''],
    rows,
  )}`;
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

export function when(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}

/** Three digits that count. */
export function short(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
