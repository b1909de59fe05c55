import { DomainError, principalId } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { loadReport, report } from '../drivers/driver-report.ts';
import { recordLook } from '../drivers/looks.ts';
import { loadDriver, presentDriver } from '../drivers/present-driver.ts';

export function getDriver(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/drivers/:driver_id',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'getDriver',
        tags: ['Drivers'],
        errors: ['driver_not_found'],
        summary: 'A driver, and what their devices say; where they are only while they are on duty or on a job',
        params: z.object({ driver_id: z.string() }),
        response: { 200: report },
      },
    },
    async (request) => {
      const { params, principal } = request;
      const id = principalId.safeParse(params.driver_id); // what can be no id names no driver
      if (!id.success) throw new DomainError('driver_not_found');
      const driverId = id.data;
      const [row, details] = [await loadDriver(ctx, driverId), await loadReport(ctx, driverId)];
      // Whose points are all bad has been heard of, and is whom an admin looks for.
      if (!row && details.heard_at === null) throw new DomainError('driver_not_found');
      const shown = presentDriver(principal, row ?? { driverId, status: 'Offline' });
      if (shown.latitude !== null) {
        await recordLook(ctx, request, { act: 'position.read', subject: { kind: 'driver', id: driverId } });
      }
      return { ...shown, ...details };
    },
  );
}
