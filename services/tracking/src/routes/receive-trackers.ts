import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { MAX_POINTS, receipt } from '../positions/point.ts';
import { receivePoints } from '../positions/receive-points.ts';
import { osmandPoints } from '../trackers/osmand.ts';
import { owntracksPoints } from '../trackers/owntracks.ts';

/**
 * Tracker apps as driver apps, unchanged. They send a message again until it succeeds, and nothing else before: so what
 * can never be stored is answered 200 as well, and only what should be sent again is refused.
 */
export function receiveTrackers(app: HttpApp, ctx: Context): void {
  const config = { roles: ['driver'], isForTrackers: true } as const;
  app.register(async (trackers) => {
    // Any content type, or none, and no body too: each app and version has its own habits.
    trackers.removeAllContentTypeParsers();
    trackers.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    const bodyOf = (request: { body?: unknown }) => (typeof request.body === 'string' ? request.body : '');
    trackers.post(
      '/v1/owntracks',
      {
        config,
        schema: { summary: 'Messages of the OwnTracks app (HTTP mode)', response: { 200: z.array(z.never()) } },
      },
      async (request): Promise<never[]> => {
        await receivePoints(ctx, request.principal.id, owntracksPoints(bodyOf(request)));
        return [];
      },
    );
    trackers.route({
      method: ['GET', 'POST'],
      url: '/v1/osmand',
      config,
      schema: { summary: 'Positions of the Traccar Client and OsmAnd apps', response: { 200: receipt } },
      handler: async (request) => {
        const points = osmandPoints(request.query, bodyOf(request)).slice(0, MAX_POINTS);
        return receivePoints(ctx, request.principal.id, points);
      },
    });
  });
}
