import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { MAX_POINTS, receipt } from '../positions/point.ts';
import { receivePoints } from '../positions/receive-points.ts';
import { pointsRequest } from '../reading/api.ts';
import { readMessage } from '../reading/read-point.ts';

const extra = z.unknown().optional();
/** The points are judged one by one, so that one bad point does not refuse the request; nor does anything else in it. */
const locationsBody = z.object({
  points: z.array(z.unknown()).max(MAX_POINTS),
  sent_at: extra.describe('When this is sent, by the clock of the device'),
  device: extra,
  app: extra,
});

export function postLocations(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/locations',
    {
      config: { roles: ['driver'], paidAs: 'point_requests' },
      schema: {
        operationId: 'postLocations',
        tags: ['Points'],
        errors: ['too_many_points'],
        summary: 'Points of the driver who calls; answered once they are committed',
        body: locationsBody,
        asked: { body: pointsRequest },
        response: { 200: receipt },
      },
    },
    async ({ body, headers, holder: sender }) =>
      receivePoints(ctx, {
        source: 'locations',
        sender,
        items: body.points.map((candidate) => ({ candidate })),
        message: readMessage({
          app: body.app ?? headers['user-agent'],
          device: body.device,
          sent_at: body.sent_at ?? headers.date,
        }),
      }),
  );
}
