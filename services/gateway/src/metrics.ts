import { CLOSE_CODES, V2_TYPES, type V2Type } from '@logi/contracts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** From here on a client may choose a code of its own, of which each would be a series for ever. */
const FIRST_FREE_CODE = 3_000;
const OUR_CODES: ReadonlySet<number> = new Set(Object.values(CLOSE_CODES).map(({ code }) => code));

export type Metrics = ReturnType<typeof createMetrics>;

/** Sizes that are cheaper to ask for than to count. */
export type Gauges = {
  queuedBytes: () => number;
  journalBytes: () => number;
  tripPositions: () => number;
  watchedAreas: () => number;
};

export function createMetrics(registry: Registry, gauges: Gauges) {
  const registers = [registry];
  new Gauge({
    name: 'logi_ws_queued_bytes',
    help: 'Events that wait for slow readers, in bytes',
    registers,
    collect() {
      this.set(gauges.queuedBytes());
    },
  });
  new Gauge({
    name: 'logi_journal_bytes',
    help: 'Recent messages kept for clients that come back',
    registers,
    collect() {
      this.set(gauges.journalBytes());
    },
  });
  new Gauge({
    name: 'logi_trip_positions',
    help: 'Trips under way whose last position is known, for users who connect',
    registers,
    collect() {
      this.set(gauges.tripPositions());
    },
  });
  new Gauge({
    name: 'logi_watched_areas',
    help: 'Areas that admins watch here',
    registers,
    collect() {
      this.set(gauges.watchedAreas());
    },
  });
  const sent = new Counter({
    name: 'logi_ws_messages_total',
    help: 'Messages written to sockets, by type',
    labelNames: ['type'],
    registers,
  });
  // Looked up once: a label is searched for on each `inc`, and this one is on the path of every message.
  const sentByType = new Map(V2_TYPES.map((type) => [type, sent.labels(type)]));
  const closed = new Counter({
    name: 'logi_ws_closed_total',
    help: 'Sockets closed, by the code that ended them; 1006 is a line that broke',
    labelNames: ['code'],
    registers,
  });
  return {
    countSent: (type: V2Type) => sentByType.get(type)?.inc(),
    connections: new Gauge({
      name: 'logi_ws_connections',
      help: 'Open sockets, by role',
      labelNames: ['role'],
      registers,
    }),
    accepted: new Counter({
      name: 'logi_ws_accepted_total',
      help: 'Upgrades let in, by protocol',
      labelNames: ['protocol'],
      registers,
    }),
    refused: new Counter({
      name: 'logi_ws_refused_total',
      help: 'Upgrades refused, by reason',
      labelNames: ['reason'],
      registers,
    }),
    positionsDropped: new Counter({
      name: 'logi_ws_positions_dropped_total',
      help: 'Positions that gave way to a newer one, whose booking or watch ended before they left, or beyond what may be watched',
      labelNames: ['why'],
      registers,
    }),
    replayed: new Counter({
      name: 'logi_ws_replayed_total',
      help: 'Messages sent again to clients that came back, by type',
      labelNames: ['type'],
      registers,
    }),
    resumes: new Counter({
      name: 'logi_ws_resumes_total',
      help: 'Clients that came back, and whether all they missed was still there',
      labelNames: ['recovered'],
      registers,
    }),
    countClosed: (code: number) => closed.inc({ code: code < FIRST_FREE_CODE || OUR_CODES.has(code) ? code : 'other' }),
    slowCloses: new Counter({
      name: 'logi_ws_slow_closes_total',
      help: 'Sockets closed because their reader was too slow',
      registers,
    }),
    malformed: new Counter({
      name: 'logi_events_malformed_total',
      help: 'Messages of the stream that are no event of ours',
      registers,
    }),
    eventAge: new Histogram({
      name: 'logi_event_to_socket_seconds',
      help: 'From an event’s time to its delivery to the sockets',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
      registers,
    }),
    ackAge: new Histogram({
      name: 'logi_event_to_ack_seconds',
      help: 'From an event’s publication to a client’s acknowledgement, to the second',
      buckets: [1, 2, 5, 10, 30, 120],
      registers,
    }),
    streamLag: new Gauge({
      name: 'logi_stream_lag_seconds',
      help: 'How long the newest probe took through the broker’s stream and back to us',
      registers,
    }),
  };
}
