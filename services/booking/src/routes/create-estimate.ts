import { timestamp } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { toAmount } from '../pricing/money.ts';
import { saveQuote } from '../pricing/quotes.ts';
import { priceShipment, shipmentBody, toShipment } from '../pricing/shipment.ts';

const estimate = z.object({
  quote_id: z.uuid(),
  price_estimate: z.number(),
  currency: z.string(),
  distance_meters: z.int(),
  duration_seconds: z.int(),
  surge_multiplier: z.number(),
  breakdown: z.array(z.object({ code: z.enum(['base', 'distance', 'time', 'minimum', 'surge']), amount: z.number() })),
  expires_at: timestamp,
});

export function createEstimate(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/estimates',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        summary: 'What a trip costs now, and a quote that keeps the price for a while',
        body: shipmentBody,
        response: { 200: estimate },
      },
    },
    async ({ body, principal }) => {
      const shipment = toShipment(body);
      const priced = await priceShipment(ctx, shipment);
      const { quoteId, expiresAt } = await saveQuote(ctx, principal, { shipment, priced });
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
