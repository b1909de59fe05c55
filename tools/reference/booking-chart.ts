import { BOOKING_STATUSES, type BookingStatus, isTerminal, TRANSITIONS } from '@logi/contracts';

/** As `POST /v1/bookings` makes them. */
const FIRST: readonly BookingStatus[] = ['Scheduled', 'Searching'];

/** The transition table as a Mermaid state chart; each arrow has the calls that lead along it. */
export function renderBookingChart(): string {
  const names = BOOKING_STATUSES.filter((status) => idOf(status) !== status);
  const calls = Map.groupBy(TRANSITIONS, ({ from, to }) => `${idOf(from)} --> ${idOf(to)}`);
  const lines = [
    ...names.map((status) => `state "${status}" as ${idOf(status)}`),
    ...FIRST.map((status) => `[*] --> ${idOf(status)}`),
    ...[...calls].map(([arrow, rows]) => `${arrow} : ${[...new Set(rows.map(({ action }) => action))].join(', ')}`),
    ...BOOKING_STATUSES.filter(isTerminal).map((status) => `${idOf(status)} --> [*]`),
  ];
  return `\`\`\`mermaid\nstateDiagram-v2\n${lines.map((line) => `  ${line}`).join('\n')}\n\`\`\``;
}

/** Mermaid's names have neither spaces nor hyphens. */
function idOf(status: BookingStatus): string {
  return status.replaceAll(/[ -]/g, '');
}
