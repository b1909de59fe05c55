import { authVariables } from '@logi/auth';
import { z } from 'zod';
import { settings as booking } from '../../services/booking/src/config.ts';
import { settings as gateway } from '../../services/gateway/src/config.ts';
import { settings as operations } from '../../services/operations/src/config.ts';
import { settings as tracking } from '../../services/tracking/src/config.ts';

export type Setting = { name: string; fallback: string; bounds: string; about: string };

const json = z.looseObject({
  default: z.union([z.string(), z.number()]).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** Who reads which settings, as the schemas of their configuration say. */
export const SETTINGS: Record<'all services' | 'booking' | 'tracking' | 'the gateway' | 'operations', Setting[]> = {
  'all services': describe(authVariables.shape),
  booking: describe(booking.shape),
  tracking: describe(tracking.shape),
  'the gateway': describe(gateway.shape),
  operations: describe(operations.shape),
};

function describe(shape: Record<string, z.ZodType>): Setting[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { default: fallback = '', minimum, maximum } = json.parse(z.toJSONSchema(schema, { io: 'input' }));
    const bounds = minimum === undefined || maximum === undefined ? '' : `${minimum} to ${maximum}`;
    return { name, fallback: String(fallback), bounds, about: schema.description ?? '' };
  });
}
