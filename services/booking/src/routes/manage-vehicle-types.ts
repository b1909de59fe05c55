import { apiSchemas, vehicleType } from '@logi/contracts';
import { recordAct } from '@logi/events';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { type Context, commit } from '../context.ts';
import {
  presentVehicleType,
  putVehicleType,
  RATES_EXAMPLE,
  vehicleTypeChange,
  vehicleTypeRates,
} from '../pricing/vehicle-types.ts';

const allRates = z
  .object({ items: z.array(vehicleTypeRates) })
  .register(apiSchemas, { id: 'AllVehicleTypes', examples: [{ items: [RATES_EXAMPLE] }] });

export function manageVehicleTypes(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/admin/vehicle-types',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'listAllVehicleTypes',
        tags: ['Operators'],
        summary: 'All vehicle types with their rates, also those that are not offered, smallest first',
        response: { 200: allRates },
      },
    },
    async () => {
      const rows = await ctx.db.selectFrom('vehicleType').selectAll().orderBy('size').orderBy('vehicleType').execute();
      return { items: rows.map(presentVehicleType) };
    },
  );
  app.put(
    '/v1/admin/vehicle-types/:vehicle_type',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'putVehicleType',
        tags: ['Operators'],
        summary: 'Add a vehicle type, or change one; what is left out stays as it is',
        params: z.object({ vehicle_type: vehicleType }),
        body: vehicleTypeChange,
        response: { 200: vehicleTypeRates },
      },
    },
    async (request) => {
      const { params, body } = request;
      return commit(ctx, async (tx) => {
        const { before, after } = await putVehicleType(tx, params.vehicle_type, body);
        recordAct(tx, request, {
          act: 'vehicle_type.changed',
          subject: { kind: 'vehicle_type', id: params.vehicle_type },
          details: { before: before && presentVehicleType(before), after: presentVehicleType(after) },
        });
        return presentVehicleType(after);
      });
    },
  );
}
