import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { MAX_POINTS, receipt } from '../positions/point.ts';
import { receivePoints } from '../positions/receive-points.ts';

/** The points are judged one by one, so that one bad point does not refuse the request. */
const locationsBody = z.object({ points: z.array(z.unknown()).max(MAX_POINTS) });

export function postLocations(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/locations',
    {
      config: { roles: ['driver'] },
      schema: {
        summary: 'Points of the driver who calls; answered once they are committed',
        body: locationsBody,
        response: { 200: receipt },
      },
    },
    async ({ body, principal }) => receivePoints(ctx, principal.id, body.points),
  );
}
