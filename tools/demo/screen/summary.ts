import { ROLES } from '@logi/contracts';
import type { Audit, Delivery } from '../ledger/audit.ts';
import { type Counts, percentiles } from '../ledger/figures.ts';
import type { BookingRecord, Ledger } from '../ledger/ledger.ts';
import { MISDELIVERIES } from '../ledger/rules.ts';
import { paint } from './ticker.ts';

const LABEL_WIDTH = 37;

export function summarize(ledger: Ledger, audit: Audit): string[] {
  const records = [...ledger.bookings.values()].filter((record) => record.booked !== undefined);
  return [
    ...section('Bookings', describeBookings(audit)),
    ...section('Offers', describeOffers(ledger, audit)),
    ...section('Times', [
      row('booked → first offer to a driver', percentiles(waits(records, 'firstOfferAt'), [50, 95])),
      row('booked → accepted', percentiles(waits(records, 'acceptedAt'), [50, 95])),
      row('status told → on the user’s socket', percentiles(ledger.statusMs, [50, 95, 99])),
      row('position sent → on the user’s socket', percentiles(ledger.positionMs, [50, 95, 99])),
      row('position sent → acknowledged', percentiles(ledger.ackMs, [50, 95, 99])),
    ]),
    ...section('Positions', describePoints(ledger)),
    ...section('Messages from the gateway', describeMessages(ledger)),
    ...section('Checks', describeChecks(ledger, audit)),
    ...section('Trouble', describeTrouble(ledger)),
  ];
}

/** Whether anything was found that must not be. */
export function isGood({ faults }: Ledger, { statuses, requests, unread }: Audit): boolean {
  return faults.total + unread === 0 && [statuses, requests].every(({ missing, surplus }) => missing + surplus === 0);
}

function section(title: string, lines: string[]): string[] {
  return ['', paint('bold', title), ...lines.map((line) => `  ${line}`)];
}

function row(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)} ${text}`;
}

function waits(records: BookingRecord[], moment: 'firstOfferAt' | 'acceptedAt'): number[] {
  return records.flatMap((record) => {
    const at = record[moment];
    return at === undefined || !record.booked ? [] : [at - record.booked.at];
  });
}

function describeBookings({ endings, unread }: Audit): string[] {
  const unknown = unread > 0 ? [`${pad(unread)} unknown: their history could not be read`] : [];
  return [`${endings.total + unread} made`, ...list(endings), ...unknown];
}

function describeOffers({ lateAnswers }: Ledger, { answers }: Audit): string[] {
  const [abandoned, open] = [answers.get('abandoned'), answers.get('open')];
  const accepted = answers.get('accepted') + abandoned;
  return [
    `${answers.total} made: ${accepted} accepted (${abandoned} of them given back later), ${answers.get('declined')} declined, ` +
      `${answers.get('expired')} expired, ${answers.get('withdrawn')} withdrawn${open > 0 ? `, ${open} still open` : ''}`,
    `${lateAnswers} answers came too late and were refused (409)`,
  ];
}

function describePoints({ points, positionMs }: Ledger): string[] {
  const { sent, accepted, rejected } = points;
  return [
    `${sent} sent, ${accepted} acknowledged as accepted, ${rejected} rejected; ` +
      `${positionMs.length} reached the user who waits for that driver`,
  ];
}

function describeMessages({ messages }: Ledger): string[] {
  return ROLES.flatMap((role) =>
    messages
      .entries()
      .filter(([name]) => name.startsWith(`${role} `))
      .map(([name, count]) => `${pad(count)} ${name.replace(' ', ' '.repeat(8 - role.length))}`),
  );
}

function describeChecks(ledger: Ledger, audit: Audit): string[] {
  const { faults, messages, examples } = ledger;
  const misdelivered = Object.values(MISDELIVERIES).reduce((sum, what) => sum + faults.get(what), 0);
  const lines = [
    `${misdelivered} misdelivered of ${messages.total} messages: by addressee, role, and whose booking, offer or position it was`,
    `${describeDelivery(audit.statuses)} status updates due by the bookings’ histories`,
    `${describeDelivery(audit.requests)} new_booking_request due by the dispatch’s record`,
    ...(audit.notCompared > 0
      ? [`${audit.notCompared} not compared, as the socket was away for a part of the booking`]
      : []),
    ...(ledger.strangersPositions > 0 ? [`${ledger.strangersPositions} positions were of no driver of the demo`] : []),
    ...list(faults),
    ...examples.map((example) => `      ${example}`),
  ];
  return isGood(ledger, audit) ? lines : lines.map((line) => paint('red', line));
}

function describeDelivery({ due, missing, surplus }: Delivery): string {
  return `${missing} missing, ${surplus} repeated or out of order, of ${due}`;
}

function describeTrouble({ unexpectedAnswers, lostSockets }: Ledger): string[] {
  return [
    `${unexpectedAnswers.total} unexpected HTTP answers`,
    ...list(unexpectedAnswers),
    `${lostSockets.total} sockets lost or refused`,
    ...list(lostSockets),
  ];
}

function list(counts: Counts): string[] {
  return counts.entries().map(([what, count]) => `${pad(count)} ${what}`);
}

function pad(count: number): string {
  return String(count).padStart(5);
}
