import type { CoreService } from '@logi/contracts';
import { z } from 'zod';
import type { Facts, QueueFacts, ServiceFacts } from './facts.ts';

/** An outbox is published within a second, as a rule. */
const OLD_OUTBOX_SECONDS = 10;
const SLOW_STREAM_SECONDS = 2;
/** A consumer takes some hundred events in a second. */
const LONG_QUEUE_MESSAGES = 1_000;

export const finding = z.object({
  /** `act`: somebody has to do something now. `watch`: it may pass. */
  level: z.enum(['act', 'watch']),
  code: z.string(),
  /** The service, server or queue. */
  about: z.string(),
  /** What is so, and what that means for people. */
  says: z.string(),
  to_do: z.string(),
});
export type Finding = z.infer<typeof finding>;

const MEANS: Record<CoreService, string> = {
  booking: 'Nothing can be booked, accepted or cancelled meanwhile. What is on record is safe.',
  tracking: 'No positions come in meanwhile, and searches find nobody. Apps keep their points and send them later.',
  gateway: 'Nobody is told anything live meanwhile. Apps come back by themselves, and are told what they missed.',
};

/** What is not as it should be, in words for somebody who has just been woken; what is to be done about first, first. */
export function findings({ services, queues, hasDatabase }: Facts): Finding[] {
  const found = [
    ...(hasDatabase ? [] : [DATABASE_AWAY]),
    ...(queues ? queues.flatMap(ofQueue) : [BROKER_AWAY]),
    ...services.flatMap(ofService),
  ];
  return found.sort((a, b) => Number(b.level === 'act') - Number(a.level === 'act'));
}

const DATABASE_AWAY: Finding = {
  level: 'act',
  code: 'database_away',
  about: 'database',
  says: 'PostgreSQL does not answer. Booking and tracking refuse calls until it does; nothing on record is lost.',
  to_do: 'Look whether it runs and has room on its disk, and start it again. The services come back by themselves.',
};
const BROKER_AWAY: Finding = {
  level: 'act',
  code: 'broker_away',
  about: 'broker',
  says: 'RabbitMQ does not answer. Bookings are taken, and their events wait in the database; nobody is told anything live.',
  to_do: 'Look whether it runs, and has memory and disk left. When it is back, all that waits is sent by itself.',
};

function ofService({
  service,
  state,
  reason,
  outbox_oldest_seconds: age,
  stream_lag_seconds: lag,
}: ServiceFacts): Finding[] {
  const found: Finding[] = [];
  if (state === 'away') {
    const to_do = `Look at its log, and start it again: docker compose restart ${service}.`;
    found.push({
      level: 'act',
      code: 'service_away',
      about: service,
      says: `${service} does not answer. ${MEANS[service]}`,
      to_do,
    });
  }
  if (state === 'not_ready') {
    const to_do = 'It says what it lacks, and goes on by itself when it has that. Look after what it names first.';
    found.push({
      level: 'act',
      code: 'service_not_ready',
      about: service,
      says: `${service} runs, and is not ready: ${reason}.`,
      to_do,
    });
  }
  if (age !== null && age > OLD_OUTBOX_SECONDS) {
    const says = `Events of ${service} do not leave: the oldest has waited for ${Math.round(age)} s. What people see is so much behind.`;
    const to_do =
      'Usually the broker is away or lacks a queue. If it is well, look in the log of the service for `relay`.';
    found.push({ level: 'act', code: 'outbox_old', about: service, says, to_do });
  }
  if (lag !== null && lag > SLOW_STREAM_SECONDS) {
    const says = `What the gateway tells people is ${lag.toFixed(1)} s old when they hear it.`;
    found.push({
      level: 'watch',
      code: 'stream_slow',
      about: service,
      says,
      to_do: 'Look at the load of the broker and of the gateway.',
    });
  }
  return found;
}

function ofQueue({ queue, kind, exists, messages, consumers }: QueueFacts): Finding[] {
  if (!exists) {
    const says = `The broker has no queue ${queue}. Nothing is published until it is there; it waits in the database.`;
    return [
      { level: 'act', code: 'queue_missing', about: queue, says, to_do: 'Run migrate: it makes what is missing.' },
    ];
  }
  const many = `${messages.toLocaleString('en')} message${messages === 1 ? '' : 's'}`;
  switch (kind) {
    case 'work':
      if (consumers === 0) {
        const says = `Nobody takes from ${queue}, where ${many} wait.`;
        return [
          {
            level: 'act',
            code: 'no_consumer',
            about: queue,
            says,
            to_do: 'Look whether the service of that name runs and reaches the broker.',
          },
        ];
      }
      if (messages < LONG_QUEUE_MESSAGES) return [];
      return [
        {
          level: 'watch',
          code: 'queue_long',
          about: queue,
          says: `${many} wait in ${queue}.`,
          to_do: 'It shrinks by itself after an outage. If it grows, the service or its database is too slow.',
        },
      ];
    case 'retry':
      if (messages === 0) return [];
      return [
        {
          level: 'watch',
          code: 'retrying',
          about: queue,
          says: `${many} failed and are tried again, from ${queue}.`,
          to_do: 'Nothing yet. What fails each time becomes a dead letter.',
        },
      ];
    case 'dead':
      if (messages === 0) return [];
      return [
        {
          level: 'act',
          code: 'dead_letters',
          about: queue,
          says: `${many} could not be handled, in ${queue}.`,
          to_do: 'Open Dead letters: the reason says what to mend. Then replay, or discard.',
        },
      ];
    case 'unrouted':
      if (messages === 0) return [];
      return [
        {
          level: 'act',
          code: 'unrouted',
          about: queue,
          says: `${many} reached no queue and are kept in ${queue}.`,
          to_do: 'Run migrate, which binds all queues; then move them back in the RabbitMQ UI.',
        },
      ];
    case 'stream':
      return [];
    default:
      return kind satisfies never;
  }
}
