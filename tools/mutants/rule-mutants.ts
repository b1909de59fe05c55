import type { Mutant } from './mutant.ts';

const COMBINATIONS = 'tests/gateway/combinations.test.ts';
const QUOTES = 'tests/booking/quotes.test.ts';
const STATISTICS = 'tests/booking/statistics.test.ts';
const OFFERS = 'tests/booking/offers.test.ts';

/** The product's rules: where a second thing meets one that holds by itself, and a broken move of each state machine. */
export const RULE_MUTANTS: Mutant[] = [
  {
    id: 'ghosts-are-offered',
    why: 'somebody of whom nobody has heard that they are on duty is offered bookings',
    file: 'services/booking/src/search/drivers.ts',
    edits: [["    .where('status', 'in', ['Available', 'Busy'])", "    .where('status', 'is not', null)"]],
    caughtBy: {
      file: 'tests/security/compromised-broker.test.ts',
      test: 'gets no offer to a nominee who is off duty',
    },
  },
  {
    id: 'replay-is-not-narrowed',
    why: 'who asked for some types only is sent all that was missed',
    file: 'services/gateway/src/sockets/outgoing.ts',
    edits: [['if (this.types && !this.types.has', 'if (this.types && !this.isReplaying && !this.types.has']],
    caughtBy: {
      file: COMBINATIONS,
      test: 'what a connection was narrowed to holds for what it missed, each time it asks, and for what comes then',
    },
  },
  {
    id: 'one-renewal',
    why: 'a session that was renewed once ends with its second token, unasked',
    file: 'libs/service/src/connections.ts',
    edits: [['    connection.noticeAt = this.#noticeAt(expiresAt);\n', '']],
    caughtBy: {
      file: COMBINATIONS,
      test: 'a session is renewed as often as its client likes, and told of the end of each token',
    },
  },
  {
    id: 'surge-on-a-quote',
    why: 'a price that was promised rises with the demand of the moment',
    file: 'services/booking/src/pricing/quotes.ts',
    edits: [
      [
        'return { priceMinor: quote.priceMinor,',
        `const { rows } = await sql<{ multiplier: number }>\`
    select multiplier from surge where vehicle_type = \${vehicleType} order by updated_at desc limit 1\`.execute(tx);
  return { priceMinor: Math.round(quote.priceMinor * (rows[0]?.multiplier ?? 1)),`,
      ],
    ],
    caughtBy: { file: QUOTES, test: 'a quote is the whole price, also where the surge stays as it is' },
  },
  {
    id: 'quote-for-any-drop-off',
    why: 'a short trip’s price pays for a long one',
    file: 'services/booking/src/pricing/quotes.ts',
    edits: [
      [
        'isDeepStrictEqual(quoted, shipmentColumns(shipment))',
        'isDeepStrictEqual({ ...quoted, dropoffLatitude: 0, dropoffLongitude: 0 }, { ...shipmentColumns(shipment), dropoffLatitude: 0, dropoffLongitude: 0 })',
      ],
    ],
    caughtBy: { file: QUOTES, test: 'a quote for another drop-off is refused, and nothing is booked' },
  },
  {
    id: 'quote-of-any-role',
    why: 'a driver’s quote is a user’s with the same id',
    file: 'services/booking/src/pricing/quotes.ts',
    edits: [
      [
        "\n    .where('ownerRole', '=', owner.role)\n    .where('ownerId', '=', owner.id)\n    .where('usedAt'",
        "\n    .where('ownerId', '=', owner.id)\n    .where('usedAt'",
      ],
    ],
    caughtBy: { file: QUOTES, test: 'a quote of a driver is not that of a user with the same id' },
  },
  {
    id: 'key-covers-the-trip-only',
    why: 'a repeat with another time of pickup is answered with the first booking',
    file: 'services/booking/src/routes/create-booking.ts',
    edits: [
      ['once(tx, { by: principal, key, body }, create)', 'once(tx, { by: principal, key, body: shipment }, create)'],
    ],
    caughtBy: {
      file: 'tests/booking/idempotency.test.ts',
      test: 'the same key and trip with another time of pickup is another body, and refused',
    },
  },
  {
    id: 'returned-is-completed',
    why: 'goods that came back count as a trip',
    file: 'services/booking/src/bookings/stats.ts',
    edits: [["sql`filter (where status = 'Delivered')`", "sql`filter (where status in ('Delivered', 'Returned'))`"]],
    caughtBy: {
      file: STATISTICS,
      test: 'a trip is completed by its delivery alone: goods that came back are no trip and earn nothing',
    },
  },
  {
    id: 'an-hour-twice',
    why: 'bookings of the last hour of a range are in its sums and looked at, too',
    file: 'services/booking/src/bookings/stats.ts',
    edits: [['Math.floor(to.getTime() / unitMs)', 'Math.ceil(to.getTime() / unitMs)']],
    caughtBy: {
      file: STATISTICS,
      test: 'figures from sums are those of a scan: counted or not, ended since, ended twice, and counted by two at once',
    },
  },
  {
    id: 'counted-later-or-never',
    why: 'what has ended and is in no sum yet is in no figure',
    file: 'services/booking/src/bookings/stats.ts',
    edits: [['    union all ${uncounted}\n', '']],
    caughtBy: {
      file: STATISTICS,
      test: 'a booking that was made days ago and ends now counts once, whatever is said again',
    },
  },
  {
    id: 'trip-begins-anew',
    why: 'a second departure makes the trip shorter than it was',
    file: 'services/booking/src/bookings/change-status.ts',
    edits: [['collectedAt ?? now', 'now']],
    caughtBy: {
      file: STATISTICS,
      test: 'a trip lasts from the first time the goods were collected, and only delivered ones count',
    },
  },
  {
    id: 'given-back-stays-accepted',
    why: 'a booking that searches again counts as accepted',
    file: 'services/booking/src/bookings/change-status.ts',
    edits: [["if (to === 'Searching') return { acceptedAt: null };", "if (to === 'Searching') return {};"]],
    caughtBy: {
      file: STATISTICS,
      test: 'who gave a booking back has not accepted it, as far as the booking goes, and has as far as the driver does',
    },
  },
  {
    id: 'taken-and-still-asked',
    why: 'a driver with a job keeps another booking waiting',
    file: 'services/booking/src/routes/accept-offer.ts',
    edits: [['config.MAX_OPEN_OFFERS_PER_DRIVER > 1', 'false']],
    caughtBy: {
      file: OFFERS,
      test: 'who takes one booking is no longer asked about another, which is searched for on',
    },
  },
  {
    id: 'machine-offer',
    why: 'open → accepted after its time is up',
    file: 'services/booking/src/search/offers.ts',
    edits: [["mine.state = 'open'\n      and mine.expires_at > clock_timestamp())", "mine.state = 'open')"]],
    caughtBy: {
      file: OFFERS,
      test: 'an offer whose time is up does not win while another driver thinks, also where nobody has looked at it since',
    },
  },
  {
    id: 'machine-booking',
    why: 'Arrived at Pickup → Delivered, without the goods',
    file: 'libs/contracts/src/booking.ts',
    edits: [["['Goods Collected', 'In Transit'],", "['Goods Collected', 'In Transit', 'Delivered'],"]],
    caughtBy: {
      file: 'libs/contracts/src/booking.test.ts',
      test: 'the transition table allows exactly what the database does',
    },
  },
  {
    id: 'machine-driver-label',
    why: 'a driver who waits at the kerb is taken for lost',
    file: 'libs/contracts/src/driver.ts',
    edits: [["driver.signal === 'Dark'", "driver.signal !== 'Live'"]],
    caughtBy: {
      file: 'libs/contracts/src/driver.test.ts',
      test: 'duty Online, work Free and signal Stale are shown as Available',
    },
  },
  {
    id: 'machine-search',
    why: 'asking → asking the same radius for ever',
    file: 'services/booking/src/search/search.ts',
    edits: [['restingFrom : booking.searchRadiusStep + 1;', 'restingFrom : booking.searchRadiusStep;']],
    caughtBy: {
      file: 'tests/booking/searches.test.ts',
      test: 'with nobody near, the search widens step by step, and ends at its deadline and not before',
    },
  },
];
