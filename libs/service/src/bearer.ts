import { DomainError } from '@logi/contracts';

/** The token of an `Authorization: Bearer` header. Throws `unauthenticated` when there is none. */
export function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +([^\s,]+)$/i.exec(authorization ?? '')?.[1];
  if (!token) throw new DomainError('unauthenticated', { message: 'Authorization: Bearer <token> is required' });
  return token;
}

/**
 * The token of an app that is no client of ours and knows only a URL, a user and a password: `?token=`, or the password
 * of `Authorization: Basic`, or Bearer.
 */
export function trackerToken(authorization: string | undefined, query: unknown): string {
  if (typeof query === 'object' && query !== null && 'token' in query && typeof query.token === 'string') {
    return query.token;
  }
  const basic = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return bearerToken(authorization);
  const credentials = Buffer.from(basic, 'base64').toString();
  return credentials.slice(credentials.indexOf(':') + 1);
}
