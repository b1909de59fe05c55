import { apiSchemas } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';

const vehicleTypes = z.object({ items: z.array(z.object({ vehicle_type: z.string() })) }).register(apiSchemas, {
  id: 'VehicleTypes',
  examples: [{ items: [{ vehicle_type: 'bike' }, { vehicle_type: 'van' }] }],
});
const reasons = z
  .object({ items: z.array(z.object({ reason: z.string(), description: z.string() })) })
  .register(apiSchemas, {
    id: 'CancellationReasons',
    examples: [{ items: [{ reason: 'changed_plans', description: 'Plans have changed' }] }],
  });

/** What an app offers its people to choose from: the operator's tables of vehicle types and of reasons to cancel. */
export function listChoices(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/vehicle-types',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        operationId: 'listVehicleTypes',
        tags: ['Prices'],
        summary: 'The vehicle types on offer, smallest first',
        response: { 200: vehicleTypes },
      },
    },
    async () => {
      const rows = await ctx.db
        .selectFrom('vehicleType')
        .select('vehicleType')
        .where('isOffered', '=', true)
        .orderBy('size')
        .execute();
      return { items: rows.map((row) => ({ vehicle_type: row.vehicleType })) };
    },
  );
  app.get(
    '/v1/cancellation-reasons',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        operationId: 'listCancellationReasons',
        tags: ['Bookings'],
        summary: 'The reasons to cancel that are there for this role; any other text is taken, too',
        response: { 200: reasons },
      },
    },
    async ({ principal }) => ({
      items: await ctx.db
        .selectFrom('cancellationReason')
        .select(['reason', 'description'])
        .where(sql<boolean>`${principal.role} = any(roles)`)
        .orderBy('reason')
        .execute(),
    }),
  );
}
