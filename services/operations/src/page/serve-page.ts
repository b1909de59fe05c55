import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { DomainError } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import type { Config } from '../config.ts';

const BUILT = fileURLToPath(new URL('../../dist', import.meta.url));
const YEAR_MS = 365 * 24 * 3_600_000;

/** Nothing but what we serve ourselves is run; nothing else is loaded or asked, but for an operator's own map; and nobody puts the page into a frame. */
const contentSecurityPolicy = (maps: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    `img-src 'self' data:${maps}`,
    `connect-src 'self'${maps}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** The console as `npm run console` has built it: one page, which is asked for anew, and files whose names are their content. */
export function servePage(app: HttpApp, { MAP_STYLE_URL, MAP_TILES_URL, MAP_PMTILES, MAP_STREETS }: Config): void {
  const headers = {
    ...HEADERS,
    'content-security-policy': contentSecurityPolicy(origins(MAP_STYLE_URL, MAP_TILES_URL)),
  };
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    const page = await readFile(join(BUILT, 'index.html')).catch((cause: unknown) => {
      throw new DomainError('unavailable', { message: 'The console is not built: npm run console', cause });
    });
    return reply
      .headers({ ...headers, 'cache-control': 'no-cache' })
      .type('text/html; charset=utf-8')
      .send(page);
  });
  void app.register(fastifyStatic, {
    root: join(BUILT, 'assets'),
    prefix: '/assets/',
    schemaHide: true,
    index: false,
    dotfiles: 'ignore',
    preCompressed: true,
    immutable: true,
    maxAge: YEAR_MS,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(headers)) response.header(name, value);
    },
  });
  if (MAP_PMTILES !== undefined) {
    // It is asked for in pieces, by their place in it.
    app.get('/map/tiles.pmtiles', { schema: { hide: true } }, (_request, reply) =>
      reply.sendFile(basename(MAP_PMTILES), dirname(MAP_PMTILES), { maxAge: 0, immutable: false }),
    );
  }
  app.get('/map/streets.geojson', { schema: { hide: true } }, async (_request, reply) => {
    const streets = MAP_STREETS === undefined ? undefined : await readFile(MAP_STREETS).catch(() => undefined);
    if (!streets) return reply.code(204).send();
    return reply.header('cache-control', 'no-cache').type('application/geo+json').send(streets);
  });
}

function origins(...urls: (string | undefined)[]): string {
  return urls.map((url) => (url === undefined ? '' : ` ${new URL(url).origin}`)).join('');
}
