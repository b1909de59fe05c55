import { apiSchemas, timestamp } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';

const session = z
  .object({
    sub: z.string(),
    expires_at: timestamp,
    /** By which a page tells times also where the browser's clock is wrong. */
    now: timestamp,
    /** Grounds of the operator's own; without them the page has one of its own. */
    map: z.object({ style_url: z.string().nullable(), tiles_url: z.string().nullable(), has_file: z.boolean() }),
  })
  .register(apiSchemas, {
    id: 'ConsoleSession',
    examples: [
      {
        sub: 'ada',
        expires_at: '2026-01-31T13:00:00.000Z',
        now: '2026-01-31T12:00:00.000Z',
        map: { style_url: null, tiles_url: null, has_file: false },
      },
    ],
  });
const surroundings = z
  .object({
    /** Whether a one-time code can be had; else a token is pasted, of whoever signs them. */
    has_codes: z.boolean(),
    /** Tokens are checked with the secret that everybody knows. */
    is_development: z.boolean(),
  })
  .register(apiSchemas, { id: 'Surroundings', examples: [{ has_codes: true, is_development: false }] });

/** Whose token it is, and how long it is good: what a page asks before it shows anything. */
export function getSession(app: HttpApp, ctx: Context): void {
  const { auth, MAP_STYLE_URL, MAP_TILES_URL, MAP_PMTILES } = ctx.config;
  const { keys, usesDevelopmentSecret } = auth;
  const map = {
    style_url: MAP_STYLE_URL ?? null,
    tiles_url: MAP_TILES_URL ?? null,
    has_file: MAP_PMTILES !== undefined,
  };
  app.get(
    '/v1/session',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'getConsoleSession',
        tags: ['Console'],
        summary: 'Whose token this is, and until when it is good',
        response: { 200: session },
      },
    },
    async ({ identity, principal }) => ({
      sub: principal.id,
      expires_at: new Date(identity?.expiresAt ?? 0).toISOString(),
      now: new Date().toISOString(),
      map,
    }),
  );
  app.get(
    '/v1/console',
    {
      schema: {
        operationId: 'getSurroundings',
        tags: ['Console'],
        summary: 'What a page must know before anybody has signed in',
        response: { 200: surroundings },
      },
    },
    async () => ({ has_codes: keys.kind === 'secret', is_development: usesDevelopmentSecret }),
  );
}
