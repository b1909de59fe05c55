import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { BOOKING_STATUSES, driverDuty, driverSignal, driverStatus, driverWork, EVENTS, leg } from '@logi/contracts';
import { OFFER_STATES } from '../../services/booking/src/tables.ts';

/* The compiler knows nothing of what is written in SQL: a status that does not exist is just never found there. */

type Words = readonly string[];

/** What may stand in the columns of each schema. */
const SCHEMAS: Record<string, Record<string, Words>> = {
  booking: { status: [...BOOKING_STATUSES, ...driverStatus.options], state: OFFER_STATES },
  tracking: {
    status: driverStatus.options,
    duty: driverDuty.options,
    work: driverWork.options,
    signal: driverSignal.options,
    leg: leg.options,
    stalled: EVENTS['driver.stalled'].data.shape.step.options,
  },
};
/** What a `case` makes in statistics that is no state: why a booking ended, where nobody gave a reason or a known one. */
const REASONS = ['none', 'other'];

/** Peers of the benchmark, with tables of their own. */
const OTHER_DESIGNS = 'tools/bench/life/**';

const COLUMNS = [...new Set(Object.values(SCHEMAS).flatMap(Object.keys))].join('|');
const COMPARED = new RegExp(
  String.raw`(?<!const |let |this\.|#)\b(?<column>${COLUMNS})(?: in\s*\((?<list>[^)]*)|(?:\s*(?:=|<>)| is (?:not )?distinct from| text not null default) (?<one>'[^']*'))`,
  'g',
);
const COALESCED = new RegExp(String.raw`\bcoalesce\((?:\w+\.)?(?<column>${COLUMNS}), (?<one>'[^']*')`, 'g');
const OF_A_CASE = /\b(?:then|else) (?<one>'[^']*')/g;

/** A service's own schema for its sources; for a migration, and for tools, those that it names. */
function wordsOf(path: string, text: string): Record<string, Words>[] {
  const own = SCHEMAS[path.split('/')[1] ?? ''];
  if (own) return [own];
  return Object.entries(SCHEMAS).flatMap(([name, words]) => (text.includes(`${name}.`) ? [words] : []));
}

const literalsIn = (text: string) => [...text.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '');

async function findUnknown(): Promise<{ seen: number; unknown: string[] }> {
  const unknown: string[] = [];
  let seen = 0;
  const files = glob(['services/*/src/**/*.ts', 'migrations/*.sql', 'tools/**/*.ts'], { exclude: [OTHER_DESIGNS] });
  for await (const path of files) {
    const text = readFileSync(path, 'utf8');
    const schemas = wordsOf(path, text);
    const results = path.startsWith('tools/') ? [] : [...text.matchAll(OF_A_CASE)];
    for (const { 0: sql, groups } of [...text.matchAll(COMPARED), ...text.matchAll(COALESCED), ...results]) {
      const column = groups?.['column'];
      const known = schemas.flatMap((each) =>
        column ? (each[column] ?? []) : [...Object.values(each).flat(), ...REASONS],
      );
      for (const literal of literalsIn(groups?.['list'] ?? groups?.['one'] ?? '')) {
        seen += 1;
        if (!known.includes(literal)) unknown.push(`${path}: ${sql}`);
      }
    }
  }
  return { seen, unknown };
}

test('every status and state that SQL names exists', async () => {
  const { seen, unknown } = await findUnknown();
  expect(unknown).toEqual([]);
  expect(seen).toBeGreaterThan(60);
});
