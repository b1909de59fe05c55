import type { Servers } from '../stack/servers/servers.ts';

/** The benchmarks of one service, on servers that already run. */
export type Suite = (servers: Servers) => Promise<void>;

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line of a result: what was measured, beside what it is to be compared with, and whether it meets its bar. */
export type Row = { what: string; ours: string; peer?: string; bar?: string; isMet?: boolean };

export function printTable(title: string, rows: readonly Row[]): void {
  const header = ['', 'ours', 'beside', 'bar', ''];
  const cells = rows.map(({ what, ours, peer = '', bar = '', isMet }) => {
    const verdict = isMet === undefined ? '' : isMet ? 'met' : 'MISSED';
    return [what, ours, peer, bar, verdict];
  });
  const widths = header.map((_, column) => Math.max(...[header, ...cells].map((row) => row[column]?.length ?? 0)));
  say(`\n${title}`);
  for (const row of [header, ...cells])
    say(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
