import { deadQueue, EXCHANGES, QUEUES, STATE_STREAMS } from '@logi/contracts';
import { STREAM_MINUTES } from '@logi/messaging';
import { settings as gatewaySettings } from '../../../services/gateway/src/config.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What a gateway reads beyond its window; see services/gateway/src/feed/event-feed.ts. */
const REPETITION_MS = MINUTE_MS;

/** A place that erasing does not reach, and from when on nothing of the person is there; null: no time can be named. */
export type Remain = { where: string; past: Date | null; note: string };

type Asked = { now: Date; backupDays: number | undefined; wasBlocked: boolean; env: NodeJS.ProcessEnv };

export function whatRemains({ now, backupDays, wasBlocked, env }: Asked): Remain[] {
  const after = (ms: number) => new Date(now.getTime() + ms);
  const ofStream = 'the broker drops whole segments, so on a quiet one it takes longer';
  const windowMs = gatewaySettings.shape.RESUME_WINDOW_MS.parse(env['RESUME_WINDOW_MS'] || undefined);
  return [
    {
      where: `stream ${QUEUES.gatewayNotifications}`,
      past: after(STREAM_MINUTES.notifications * MINUTE_MS),
      note: ofStream,
    },
    {
      where: `stream ${STATE_STREAMS.tripPositions}`,
      past: after(STREAM_MINUTES.tripPositions * MINUTE_MS),
      note: ofStream,
    },
    ...(wasBlocked
      ? [{ where: `stream ${STATE_STREAMS.blocks}`, past: null, note: 'has who was blocked until 64 MB follow it' }]
      : []),
    {
      where: 'memory of the gateways',
      past: after(windowMs + REPETITION_MS),
      note: 'by RESUME_WINDOW_MS, at once with a restart',
    },
    { where: 'memory of tracking', past: null, note: 'a driver’s newest fix, until a restart or 100,000 others' },
    { where: 'dead letters', past: now, note: `also those that lay in ${deadQueue('…')}` },
    { where: `queue ${EXCHANGES.unrouted}`, past: null, note: 'if it is not empty, somebody has to empty it' },
    { where: 'logs', past: null, note: 'as long as you keep them' },
    {
      where: 'backups, archived WAL',
      past: backupDays === undefined ? null : after(backupDays * DAY_MS),
      note: backupDays === undefined ? 'as long as you keep them: --backup-days tells' : 'by --backup-days',
    },
  ];
}
