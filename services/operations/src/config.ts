import { existsSync } from 'node:fs';
import { authSettings } from '@logi/auth';
import { commonSettings, databaseSettings, readSettings, setting } from '@logi/service';
import { z } from 'zod';

/** Where a service answers, as people write it: a socket's address is one, too. */
const address = (fallback: string, whose: string) =>
  z
    .url({ protocol: /^(http|ws)s?$/ })
    .default(fallback)
    .transform((url) => new URL(url).origin.replace(/^ws/, 'http'))
    .describe(`Where the operations service finds ${whose}`);

const mapUrl = (about: string) =>
  z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(about);

export const settings = commonSettings.extend(databaseSettings.omit({ LOGI_FAILPOINT: true }).shape).extend({
  OPERATIONS_PORT: setting({ default: 8083, min: 0, max: 65_535, about: 'Port of the console' }),
  BOOKING_URL: address('http://localhost:8081', 'booking'),
  TRACKING_URL: address('http://localhost:8082', 'tracking'),
  GATEWAY_URL: address('http://localhost:8080', 'the gateway'),
  SERVICES_METRICS_PORT: setting({
    default: 0,
    min: 0,
    max: 65_535,
    about: 'Port of the other services’ /metrics, their METRICS_PORT; 0 looks for it on the port of each service',
  }),
  HAND_ON_TIMEOUT_MS: setting({
    default: 15_000,
    min: 100,
    max: 300_000,
    about: 'How long a service may be silent while a call is handed on to it',
  }),
  MAX_HANDED_ON_SOCKETS: setting({
    default: 1_000,
    min: 1,
    max: 100_000,
    about: 'WebSockets that are handed on to the gateway at one time',
  }),
  MAP_STYLE_URL: mapUrl('Style of a map of your own, as MapLibre reads it; its origin may then be asked by the page'),
  MAP_TILES_URL: mapUrl('Tiles of a map of your own, as pictures: https://…/{z}/{x}/{y}.png'),
  MAP_PMTILES: z
    .string()
    .refine(existsSync, 'is no file')
    .optional()
    .describe('File of tiles (PMTiles) of a map of your own, which the console serves; nobody outside is asked'),
  MAP_STREETS: z
    .string()
    .optional()
    .describe('File of lines (GeoJSON) to draw as streets on the console’s own map; it may come and go'),
});

export type Config = ReturnType<typeof readConfig>;

export function readConfig(env: Record<string, string | undefined>) {
  const { own, shared: auth } = readSettings(env, { own: settings, shared: authSettings });
  return { ...own, auth };
}
