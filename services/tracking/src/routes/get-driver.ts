import { DomainError, principalId } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { loadReport, report } from '../drivers/driver-report.ts';
import { loadDriver, presentDriver } from '../drivers/present-driver.ts';

export function getDriver(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/drivers/:driver_id',
    {
      config: { roles: ['admin'] },
      schema: {
        summary: 'A driver, and what their devices say; where they are only while they are on duty or on a job',
        params: z.object({ driver_id: z.string() }),
        response: { 200: report },
      },
    },
    async ({ params, principal }) => {
      const id = principalId.safeParse(params.driver_id); // what can be no id names no driver
      const row = id.success ? await loadDriver(ctx, id.data) : undefined;
      if (!row) throw new DomainError('driver_not_found');
      return { ...presentDriver(principal, row), ...(await loadReport(ctx, row.driverId)) };
    },
  );
}
