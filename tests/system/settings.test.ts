import { expect, test } from '@jest/globals';
import { z } from 'zod';
import * as booking from '../../services/booking/src/config.ts';
import * as gateway from '../../services/gateway/src/config.ts';
import * as tracking from '../../services/tracking/src/config.ts';

type Service = { settings: z.ZodObject; readConfig: (env: Record<string, string>) => Record<string, unknown> };

const REQUIRED = { AMQP_URL: 'amqp://broker', DATABASE_URL: 'postgres://database' };
const numeric = z.object({ minimum: z.number(), maximum: z.number(), default: z.number() });

const NUMBERS = Object.entries<Service>({ booking, gateway, tracking }).flatMap(([service, { settings, readConfig }]) =>
  Object.entries(settings.shape).flatMap(([name, schema]) => {
    const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    if (json.type !== 'integer' && json.type !== 'number') return [];
    return [{ service, name, readConfig, ...numeric.parse(json) }];
  }),
);

test.each(NUMBERS)('$service takes $name from $minimum to $maximum, and nothing else', (setting) => {
  const { name, readConfig, minimum, maximum } = setting;
  const read = (value: string) => readConfig({ ...REQUIRED, [name]: value })[name];
  expect(minimum).toBeGreaterThanOrEqual(0);
  expect(maximum).toBeLessThan(Number.MAX_SAFE_INTEGER); // what zod says of a whole number without a limit
  expect([read(`${minimum}`), read(`${maximum}`), read('')]).toEqual([minimum, maximum, setting.default]);
  for (const value of [`${minimum - 1}`, `${maximum + 1}`, `${minimum + 0.5}`, 'many', `${minimum}ms`, 'Infinity']) {
    expect(() => read(value)).toThrow(new RegExp(`^ {2}${name}: `, 'm'));
  }
});
