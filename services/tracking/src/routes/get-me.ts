import type { HttpApp } from '@logi/service';
import type { Context } from '../context.ts';
import { driver, presentSelf } from '../drivers/present-driver.ts';

export function getMe(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/drivers/me',
    {
      config: { roles: ['driver'] },
      schema: {
        operationId: 'getMe',
        tags: ['Drivers'],
        summary: 'What is known of the driver who asks',
        response: { 200: driver },
      },
    },
    async ({ principal }) => presentSelf(ctx, principal),
  );
}
