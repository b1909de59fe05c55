import { apiSchemas, optional, timestamp } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { toAmount } from '../pricing/money.ts';
import { saveQuote } from '../pricing/quotes.ts';
import { priceShipment, SHIPMENT_EXAMPLE, shipmentBody, toShipment } from '../pricing/shipment.ts';

/** With the time of a later pickup, which a price may depend on; its quote then is for that time alone. */
const estimateBody = shipmentBody
  .extend({ scheduled_at: optional(timestamp) })
  .register(apiSchemas, { id: 'EstimateRequest', examples: [SHIPMENT_EXAMPLE] });

const estimate = z
  .object({
    quote_id: z.uuid(),
    price_estimate: z.number(),
    currency: z.string(),
    distance_meters: z.int(),
    duration_seconds: z.int(),
    surge_multiplier: z.number(),
    breakdown: z.array(
      z.object({ code: z.enum(['base', 'distance', 'time', 'minimum', 'surge']), amount: z.number() }),
    ),
    expires_at: timestamp,
  })
  .register(apiSchemas, {
    id: 'Estimate',
    examples: [
      {
        quote_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d13',
        price_estimate: 25.5,
        currency: 'EUR',
        distance_meters: 5_400,
        duration_seconds: 900,
        surge_multiplier: 1.2,
        breakdown: [
          { code: 'base', amount: 4 },
          { code: 'distance', amount: 12.25 },
          { code: 'time', amount: 5 },
          { code: 'surge', amount: 4.25 },
        ],
        expires_at: '2026-01-31T12:05:00.000Z',
      },
    ],
  });

export function createEstimate(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/estimates',
    {
      config: { roles: ['user', 'driver', 'admin'], paidAs: 'estimates' },
      schema: {
        operationId: 'createEstimate',
        tags: ['Prices'],
        errors: ['unknown_vehicle_type', 'trip_too_long'],
        summary:
          'What a trip costs, now or at the time of a later pickup, and a quote that keeps the price for a while',
        body: estimateBody,
        response: { 200: estimate },
      },
    },
    async ({ body, principal }) => {
      const shipment = toShipment(body);
      const scheduledAt = body.scheduled_at === undefined ? null : new Date(body.scheduled_at);
      const priced = await priceShipment(ctx, shipment, scheduledAt);
      const { quoteId, expiresAt } = await saveQuote(ctx, principal, { shipment, scheduledAt, priced });
      return {
        quote_id: quoteId,
        price_estimate: toAmount(priced.priceMinor, priced.currency),
        currency: priced.currency,
        distance_meters: Math.round(priced.route.distanceMeters),
        duration_seconds: Math.round(priced.route.durationSeconds),
        surge_multiplier: priced.surgeMultiplier,
        breakdown: priced.lines.map(({ code, amountMinor }) => ({
          code,
          amount: toAmount(amountMinor, priced.currency),
        })),
        expires_at: expiresAt.toISOString(),
      };
    },
  );
}
