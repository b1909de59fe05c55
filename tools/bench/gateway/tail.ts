import { percentile } from '../../testing/percentile.ts';
import type { PlotName, Row } from '../suite.ts';
import { type Contender, OURS, PLAIN, SOCKET_IO } from './contenders.ts';

export const CONTENDERS = [OURS, PLAIN, SOCKET_IO];
const MAX_TAIL = 1.1;

export function byContender(value: (contender: Contender) => number): Record<string, number> {
  return Object.fromEntries(CONTENDERS.map((contender) => [contender.name, value(contender)]));
}

/** How long it took from the publish to the client, in milliseconds, beside the peers. */
export function tailRows(
  load: string,
  { waitsOf, plot }: { waitsOf: (contender: Contender) => readonly number[]; plot: PlotName },
): Row[] {
  const waits = (contender: Contender, share: number) => percentile(waitsOf(contender), share);
  const row = (name: string, share: number): Row => ({
    what: `publish to client at ${load}, ms ${name}`,
    ours: waits(OURS, share).toFixed(1),
    peer: `plain ${waits(PLAIN, share).toFixed(1)}, Socket.IO ${waits(SOCKET_IO, share).toFixed(1)}`,
  });
  return [
    row('p50', 0.5),
    {
      ...row('p99', 0.99),
      bar: `${MAX_TAIL} × Socket.IO`,
      isMet: waits(OURS, 0.99) <= MAX_TAIL * waits(SOCKET_IO, 0.99),
      bars: { plot, label: load, values: byContender((contender) => waits(contender, 0.99)) },
    },
  ];
}
