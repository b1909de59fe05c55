import { signToken } from '@logi/auth';
import { apiSchemas, DomainError, principalId, role } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';

const LIFETIME_SECONDS = 3_600;

const whose = z
  .strictObject({ role, sub: principalId })
  .register(apiSchemas, { id: 'Whose', examples: [{ role: 'user', sub: 'alice' }] });
const made = z
  .object({ token: z.string() })
  .register(apiSchemas, { id: 'DevelopmentToken', examples: [{ token: 'eyJhbGciOi…' }] });

/** Anybody's token, for trying things out, where everybody could make it: with the development secret, and nowhere else. */
export function makeToken(app: HttpApp, ctx: Context): void {
  const { keys, usesDevelopmentSecret, issuer, audience, maxLifetimeSeconds = LIFETIME_SECONDS } = ctx.config.auth;
  app.post(
    '/v1/development-tokens',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'makeDevelopmentToken',
        tags: ['Console'],
        summary: 'Make a token for anybody; only where tokens are checked with the development secret',
        body: whose,
        response: { 200: made },
      },
    },
    async ({ body }) => {
      const secret = keys.kind === 'secret' ? keys.secrets[0] : undefined;
      if (!usesDevelopmentSecret || !secret) {
        throw new DomainError('forbidden', {
          message: 'Tokens are made here with the development secret only: paste one',
        });
      }
      const ttlSeconds = Math.min(LIFETIME_SECONDS, maxLifetimeSeconds);
      return { token: signToken({ ...body, ttlSeconds, secret, issuer, audience }) };
    },
  );
}
