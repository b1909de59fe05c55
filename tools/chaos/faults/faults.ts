import { setTimeout as sleep } from 'node:timers/promises';
import { STOPPED } from '../stack/process-record.ts';
import type { Fault } from './fault.ts';
import { freezeRelay } from './frozen-relay.ts';
import { memoryGrowth } from './memory.ts';
import { closeConnections, endSessions, isBookingReady } from './operator.ts';
import { reconnectStorm } from './reconnect-storm.ts';
import { startWithoutBroker } from './start-without-broker.ts';

const BROKER_ALARM_MS = { short: 4_000, long: 20_000 };
const AWAY_MS = { short: 8_000, long: 300_000 };
const DATABASE_AWAY_MS = { short: 6_000, long: 60_000 };
const TOXIC_MS = { short: 2_500, long: 8_000 };
const HALF_OPEN_LIMIT_MS = 30_000;
const MAX_GROWTH_MEGABYTES = 50;
const CLOSES = 20;
const BETWEEN_CLOSES_MS = 150;

const each = (minutes: number) => (run: number) => Math.max(1, Math.ceil(run / minutes));

/** Kills of services (F01 to F04) go on all the while, see kills.ts; these come one after the other. */
export const FAULTS: Record<string, Fault> = {
  F05: {
    title: 'a relay that freezes while it publishes, is replaced, and wakes up again',
    times: each(10),
    owns: 'all instances',
    inject: freezeRelay,
  },
  F06: {
    title: 'the broker is killed and started again',
    times: each(1.5),
    owns: 'no instance',
    async inject({ stack }) {
      await stack.servers.rabbitmq.crash('SIGKILL');
      return undefined;
    },
  },
  F07: {
    title: 'the broker is away for long while bookings are made',
    times: () => 1,
    owns: 'all instances',
    async inject({ stack, world: { history }, length }) {
      const services = [...stack.of('booking'), ...stack.of('tracking')];
      const from = history.entries.length;
      const isBack = stack.servers.rabbitmq.crash('SIGTERM', { awayMs: AWAY_MS[length] });
      const growth = await memoryGrowth(services, isBack);
      const calls = history.entries.slice(from).filter((entry) => entry.kind === 'call');
      const failed = calls.filter(({ status }) => status === 0 || status >= 500);
      if (failed.length > 0) return `${failed.length} of ${calls.length} calls failed while the broker was away`;
      return growth > MAX_GROWTH_MEGABYTES ? `a service grew by ${Math.round(growth)} MB` : undefined;
    },
  },
  F08: {
    title: 'an administrator closes all connections, again and again, also in the middle of their set-up',
    times: each(6),
    owns: 'no instance',
    async inject({ stack }) {
      for (let i = 0; i < CLOSES; i += 1) {
        await closeConnections(stack.servers.managementUrl);
        await sleep(BETWEEN_CLOSES_MS);
      }
      return undefined;
    },
  },
  F10: {
    title: 'the broker is short of memory, then of disk, and takes nothing from publishers',
    times: each(15),
    owns: 'all instances',
    async inject({ stack, length }) {
      const { rabbitmq } = stack.servers;
      try {
        await rabbitmq.control('set_vm_memory_high_watermark', '0');
        await sleep(BROKER_ALARM_MS[length]);
        const isReady = await isBookingReady(stack);
        await rabbitmq.control('set_vm_memory_high_watermark', '0.4');
        await rabbitmq.control('set_disk_free_limit', '1000000GB');
        await sleep(BROKER_ALARM_MS[length]);
        return isReady ? undefined : 'booking was not ready during the alarm';
      } finally {
        await rabbitmq.control('set_vm_memory_high_watermark', '0.4');
        await rabbitmq.control('set_disk_free_limit', '50MB');
      }
    },
  },
  F11: {
    title: 'all database sessions are ended, then PostgreSQL crashes and recovers',
    times: each(1.5),
    owns: 'no instance',
    async inject({ stack }) {
      await endSessions(stack.servers.databaseUrl);
      await sleep(BETWEEN_CLOSES_MS);
      await stack.servers.postgres.crash('SIGQUIT');
      return undefined;
    },
  },
  F12: {
    title: 'the database is away while queues fill',
    times: each(15),
    owns: 'all instances',
    async inject({ stack, length }) {
      await stack.servers.postgres.crash('SIGQUIT', { awayMs: DATABASE_AWAY_MS[length] });
      return undefined;
    },
  },
  'F13-broker': {
    title: 'connections to the broker are dead and nobody says so',
    times: each(15),
    limitMs: HALF_OPEN_LIMIT_MS,
    owns: 'all instances',
    async inject({ stack }) {
      stack.lines.broker.strand();
      return undefined;
    },
  },
  'F13-database': {
    title: 'connections to the database are dead and nobody says so',
    times: each(15),
    limitMs: HALF_OPEN_LIMIT_MS,
    owns: 'all instances',
    async inject({ stack }) {
      stack.lines.database.strand();
      return undefined;
    },
  },
  F14: {
    title: 'bad lines to broker and database: late, in pieces, at 8 KB/s, reset',
    times: each(10),
    owns: 'no instance',
    async inject({ stack, length }) {
      const lines = Object.values(stack.lines);
      const bad = [
        { latencyMs: [100, 300] as const },
        { sliceBytes: 7 },
        { bytesPerSecond: 8_192 },
        { resetAfterBytes: 20_000 },
      ];
      for (const toxics of bad) {
        for (const line of lines) line.spoil(toxics);
        await sleep(TOXIC_MS[length]);
      }
      for (const line of lines) line.spoil({});
      return undefined;
    },
  },
  F15: {
    title: 'a deployment: every instance is stopped in order and started again, one after the other',
    times: each(10),
    owns: 'all instances',
    async inject({ processes }) {
      const bad: string[] = [];
      for (const process of processes) {
        const exit = await process.stopOrderly('F15');
        if (exit !== STOPPED) bad.push(`${process.name}: ${exit}`);
        process.start();
        await process.becomesReady();
      }
      return bad.length === 0 ? undefined : bad.join(', ');
    },
  },
  F24: {
    title: 'clients by the hundred reconnect at once after all gateways were killed',
    times: () => 1,
    owns: 'all instances',
    inject: reconnectStorm,
  },
  F27: {
    title: 'all services are killed and start while the broker is away',
    times: each(10),
    owns: 'all instances',
    inject: startWithoutBroker,
  },
};
