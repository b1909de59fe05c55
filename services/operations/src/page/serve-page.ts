import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { DomainError } from '@logi/contracts';
import type { HttpApp } from '@logi/service';

const BUILT = fileURLToPath(new URL('../../dist', import.meta.url));
const YEAR_MS = 365 * 24 * 3_600_000;

/** Nothing but what we serve ourselves is loaded, run or asked; and nobody puts the page into a frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** The console as `npm run console` has built it: one page, which is asked for anew, and files whose names are their content. */
export function servePage(app: HttpApp): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    const page = await readFile(join(BUILT, 'index.html')).catch((cause: unknown) => {
      throw new DomainError('unavailable', { message: 'The console is not built: npm run console', cause });
    });
    return reply
      .headers({ ...HEADERS, 'cache-control': 'no-cache' })
      .type('text/html; charset=utf-8')
      .send(page);
  });
  void app.register(fastifyStatic, {
    root: join(BUILT, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    schemaHide: true,
    index: false,
    dotfiles: 'ignore',
    preCompressed: true,
    immutable: true,
    maxAge: YEAR_MS,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(HEADERS)) response.header(name, value);
    },
  });
}
