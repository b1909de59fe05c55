import { signToken } from '@logi/auth';
import { apiSchemas, timestamp } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { useCode } from '../sign-in/use-code.ts';

const TOKEN_LIFETIME_SECONDS = 3_600;
/** In calls of a stranger: nobody needs many, and each one that is good is looked up. */
const COST = 10;
const MAX_CODE_CHARACTERS = 2_048;

const signedIn = z.object({ token: z.string(), sub: z.string(), expires_at: timestamp }).register(apiSchemas, {
  id: 'SignedIn',
  examples: [{ token: 'eyJhbGciOi…', sub: 'ada', expires_at: '2026-01-31T13:00:00.000Z' }],
});
const codeBody = z
  .strictObject({ code: z.string().min(1).max(MAX_CODE_CHARACTERS) })
  .register(apiSchemas, { id: 'SignInCode', examples: [{ code: 'eyJhbGciOi…' }] });

/** What the printed link leads to: its code for a token of an hour. */
export function signIn(app: HttpApp, ctx: Context): void {
  const { auth } = ctx.config;
  app.post(
    '/v1/sign-in',
    {
      schema: {
        operationId: 'signIn',
        tags: ['Console'],
        errors: ['sign_in_code_invalid', 'sign_in_code_used'],
        summary: 'Exchange a one-time code for an admin’s token of an hour',
        body: codeBody,
        response: { 200: signedIn },
      },
    },
    async ({ raw, body: { code }, log }) => {
      ctx.callers.payAsStranger(raw, COST);
      const { sub } = await useCode(ctx, code);
      if (auth.keys.kind !== 'secret') throw new Error('no code is good where others sign tokens');
      const [secret] = auth.keys.secrets;
      if (!secret) throw new Error('a service with secrets has one');
      const { issuer, audience, maxLifetimeSeconds = TOKEN_LIFETIME_SECONDS } = auth;
      const ttlSeconds = Math.min(TOKEN_LIFETIME_SECONDS, maxLifetimeSeconds);
      const token = signToken({ role: 'admin', sub, ttlSeconds, secret, issuer, audience });
      log.info({ sub, address: ctx.callers.addressOf(raw) }, 'signed in by a code');
      return { token, sub, expires_at: new Date(Date.now() + ttlSeconds * 1_000).toISOString() };
    },
  );
}
