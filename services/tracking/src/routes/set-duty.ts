import { apiSchemas, latitude, longitude, optional, vehicleType } from '@logi/contracts';
import { transactWithEvents } from '@logi/events';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { relabelDriver } from '../drivers/driver-label.ts';
import { driver, presentSelf } from '../drivers/present-driver.ts';
import { receivePoints } from '../positions/receive-points.ts';
import { readMessage } from '../reading/read-point.ts';

const dutyBody = z
  .strictObject({
    status: z.enum(['Available', 'Offline']),
    vehicle_type: optional(vehicleType),
    latitude: optional(latitude),
    longitude: optional(longitude),
  })
  .refine((body) => (body.latitude === undefined) === (body.longitude === undefined), {
    message: 'latitude and longitude go together',
  })
  .refine((body) => body.status === 'Offline' || body.vehicle_type !== undefined, {
    message: 'vehicle_type is required to be Available',
    path: ['vehicle_type'],
  })
  .register(apiSchemas, {
    id: 'DutyRequest',
    examples: [{ status: 'Available', vehicle_type: 'van', latitude: 52.52, longitude: 13.4 }, { status: 'Offline' }],
  });

export function setDuty(app: HttpApp, ctx: Context): void {
  app.put(
    '/v1/drivers/me/status',
    {
      config: { roles: ['driver'] },
      schema: {
        operationId: 'setDuty',
        tags: ['Drivers'],
        errors: ['too_many_points'],
        summary: 'Go on duty or off',
        body: dutyBody,
        response: { 200: driver },
      },
    },
    async ({ body, headers, principal, holder: sender }) => {
      const now = new Date();
      if (body.latitude !== undefined) {
        await receivePoints(ctx, {
          source: 'status',
          sender,
          items: [{ candidate: { latitude: body.latitude, longitude: body.longitude } }],
          message: readMessage({ app: headers['user-agent'], sent_at: headers.date }),
        });
      }
      await transactWithEvents(ctx.db, (tx) =>
        relabelDriver(tx, principal.id, {
          duty: body.status === 'Available' ? 'Online' : 'Offline',
          signal: 'Live', // the call itself is a sign of life
          statusCallAt: now,
          ...(body.vehicle_type !== undefined && { vehicleType: body.vehicle_type }),
        }),
      );
      ctx.heard.hasWritten([principal.id]);
      return presentSelf(ctx, principal);
    },
  );
}
