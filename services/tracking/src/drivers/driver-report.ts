import {
  apiSchemas,
  type DriverDuty,
  type DriverSignal,
  type DriverWork,
  driverDuty,
  driverSignal,
  driverWork,
} from '@logi/contracts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { HEARD_AT } from './heard.ts';
import { DRIVER_EXAMPLE, driver } from './present-driver.ts';

/** What an admin who looks for a fault is told beside the driver. Ages and offsets are in milliseconds. */
const details = z.object({
  duty: driverDuty.nullable().describe('What the driver wants; with work and signal it makes the status'),
  work: driverWork.nullable().describe('Whether the driver is taken'),
  signal: driverSignal.nullable(),
  heard_at: z.string().nullable().describe('When the driver was last heard of, in whatever way'),
  heard_by: z.string().nullable().describe('How: by points, an answered ping, or a call of this route'),
  app: z.string().nullable().describe('As it names itself'),
  device: z.string().nullable().describe('As it names itself'),
  fix_age_ms: z.number().nullable().describe('Of the fix that is believed'),
  fix_flaw: z.string().nullable().describe('What is wrong with what came since'),
  is_standing: z.boolean().nullable().describe('Null: nothing tells'),
  clock_offset_ms: z
    .number()
    .nullable()
    .describe('What is added to the times of the device; 0: they are taken as they are'),
});
export const report = driver.extend(details.shape).register(apiSchemas, {
  id: 'DriverReport',
  examples: [
    {
      ...DRIVER_EXAMPLE,
      duty: 'Online',
      work: 'Free',
      signal: 'Live',
      heard_at: '2026-01-31T12:00:04.000Z',
      heard_by: 'points',
      app: 'logi-driver/2.1',
      device: 'Pixel 9',
      fix_age_ms: 4_000,
      fix_flaw: null,
      is_standing: false,
      clock_offset_ms: 0,
    },
  ],
});
type Details = z.infer<typeof details>;

type Row = {
  duty: DriverDuty | null;
  work: DriverWork | null;
  signal: DriverSignal | null;
  heardAt: Date | null;
  pointsAt: Date | null;
  calledAt: Date | null;
  heardBy: string | null;
  device: string | null;
  fixAgeMs: number | null;
  fixFlaw: string | null;
  stands: boolean | null;
  clockOffsetMs: number | null;
};

/** Not where they are: that is for presentDriver to say. */
export async function loadReport(ctx: Pick<Context, 'db'>, driverId: string): Promise<Details> {
  const { rows } = await sql<Row>`
    select driver.duty, driver.work, driver.signal, ${HEARD_AT} as heard_at, latest.heard_at as points_at,
      driver.status_call_at as called_at, heard.heard_by, heard.device,
      (extract(epoch from now() - latest.recorded_at) * 1000)::float8 as fix_age_ms,
      case when latest.driver_id is not null then latest.judging ->> 'flaw' else (
        select flaw from position where position.driver_id = asked.driver_id order by recorded_at desc limit 1
      ) end as fix_flaw, latest.stands,
      (latest.judging -> 'clock' ->> 'offsetMs')::float8 as clock_offset_ms
    from (select ${driverId}::text as driver_id) asked left join driver using (driver_id)
      left join driver_latest latest using (driver_id) left join driver_heard heard using (driver_id)`.execute(ctx.db);
  const [row] = rows;
  const [, app = '', device = ''] = row?.device?.replace(/ #\d+$/, '').split(' | ') ?? [];
  return {
    duty: row?.duty ?? null,
    work: row?.work ?? null,
    signal: row?.signal ?? null,
    heard_at: row?.heardAt?.toISOString() ?? null,
    heard_by: row ? heardBy(row) : null,
    app: app || null,
    device: device || null,
    fix_age_ms: row?.fixAgeMs == null ? null : Math.max(0, Math.round(row.fixAgeMs)),
    fix_flaw: row?.fixFlaw ?? null,
    is_standing: row?.stands ?? null,
    clock_offset_ms: row?.fixAgeMs == null ? null : (row.clockOffsetMs ?? 0),
  };
}

/** A call for duty, or points, if that was the last; else as was noted. */
function heardBy({ heardAt, pointsAt, calledAt, heardBy }: Row): string | null {
  if (heardAt === null) return null;
  if (heardAt.getTime() === pointsAt?.getTime()) return 'points';
  return heardAt.getTime() === calledAt?.getTime() ? '/v1/drivers/me/status' : heardBy;
}
