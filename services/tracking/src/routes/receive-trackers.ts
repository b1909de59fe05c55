import type { Holder } from '@logi/auth';
import { apiSchemas } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type Receipt, receipt } from '../positions/point.ts';
import { type Received, receivePoints } from '../positions/receive-points.ts';
import type { Reason, Source } from '../positions/refusals.ts';
import { readMessage } from '../reading/read-point.ts';
import { OSMAND_TYPES, osmandBody, osmandQuery, overlandBody, owntracksBody } from '../trackers/api.ts';
import { osmandItems } from '../trackers/osmand.ts';
import { overlandItems } from '../trackers/overland.ts';
import { owntracksItems } from '../trackers/owntracks.ts';

/** Refusals that take a whole message with them for good, and the reason by which they are counted. */
const LOST_WHOLE: Record<string, Reason> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  unsupported_media_type: 'unsupported_media_type',
};

/** What OwnTracks is to show: nothing. */
const nothing = z.array(z.never()).register(apiSchemas, { id: 'OwnTracksAnswer', examples: [[]] });
const overlandAnswer = receipt
  .partial()
  .extend({ result: z.literal('ok') })
  .register(apiSchemas, { id: 'OverlandAnswer', examples: [{ result: 'ok' }] });

/**
 * Tracker apps as driver apps, unchanged. They send a message again until it succeeds, and nothing else before: so what
 * can never be stored is answered 200 as well, and only what should be sent again is refused, by a 503. A 4xx would lose
 * it: OwnTracks for iOS takes the message that it answers out of its queue.
 */
export function receiveTrackers(app: HttpApp, ctx: Context): void {
  app.register(async (trackers) => {
    // Any content type, or none, and no body too: each app and version has its own habits.
    trackers.removeAllContentTypeParsers();
    trackers.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    trackers.post(
      '/v1/owntracks',
      {
        ...optionsFor(ctx, 'owntracks'),
        schema: {
          operationId: 'receiveOwnTracks',
          tags: ['Points'],
          summary: 'Messages of the OwnTracks app (HTTP mode)',
          asked: { body: owntracksBody, contentTypes: ['application/json'] },
          response: { 200: nothing },
        },
      },
      async (request): Promise<never[]> => {
        await receive(ctx, request, { source: 'owntracks', items: owntracksItems(bodyOf(request)) });
        return [];
      },
    );
    trackers.route({
      method: ['GET', 'POST'],
      url: '/v1/osmand',
      ...optionsFor(ctx, 'osmand'),
      schema: {
        operationId: 'receiveOsmAnd',
        tags: ['Points'],
        asked: { querystring: osmandQuery, body: osmandBody, contentTypes: OSMAND_TYPES },
        summary: 'Positions of Traccar Client, OsmAnd, GPSLogger, and apps with the background-geolocation plugin',
        response: { 200: receipt },
      },
      handler: async (request) =>
        receive(ctx, request, { source: 'osmand', items: osmandItems(request.query, bodyOf(request)) }),
    });
    trackers.post(
      '/v1/overland',
      {
        ...optionsFor(ctx, 'overland'),
        schema: {
          operationId: 'receiveOverland',
          tags: ['Points'],
          summary: 'Positions of the Overland app',
          asked: { body: overlandBody },
          response: { 200: overlandAnswer },
        },
      },
      async (request) => {
        const told = await receive(ctx, request, { source: 'overland', items: overlandItems(bodyOf(request)) });
        return { result: 'ok' as const, ...(told.rejected.length > 0 && told) };
      },
    );
  });
}

type TrackerRequest = {
  body?: unknown;
  holder: Holder;
  headers: Record<string, string | string[] | undefined>;
};

function bodyOf({ body }: { body?: unknown }): string {
  return typeof body === 'string' ? body : '';
}

function receive(
  ctx: Context,
  request: TrackerRequest,
  received: Pick<Received, 'source' | 'items'>,
): Promise<Receipt> {
  const { headers, holder: sender } = request;
  const message = readMessage({ app: headers['user-agent'], device: headers['x-limit-d'], sent_at: headers['date'] });
  return receivePoints(ctx, { ...received, sender, message });
}

function optionsFor(ctx: Context, source: Source) {
  return {
    config: { roles: ['driver'], isForTrackers: true, paidAs: 'point_requests' } as const,
    bodyLimit: ctx.config.MAX_TRACKER_BODY_BYTES,
    /** What is thrown here goes on to the handler of all errors. */
    errorHandler: (err: unknown, request: { identity: { principal: { id: string } } | null }): never => {
      const reason = LOST_WHOLE[codeOf(err)];
      const driverId = request.identity?.principal.id ?? 'not asked yet';
      if (reason !== undefined) ctx.refusals.countOne({ source, driverId, reason });
      throw err;
    },
  };
}

function codeOf(err: unknown): string {
  return typeof err === 'object' && err !== null && 'code' in err ? String(err.code) : '';
}
