import { createHmac, type KeyObject, sign } from 'node:crypto';

/** Makes the signature of a token from its first two parts. */
export type Signature = (input: string) => Buffer;

/** A token made by hand, so that it can be wrong in ways that a library would not let it be. */
export function forge(token: { header: object; payload: unknown; signature: Signature }): string {
  const { header, payload, signature } = token;
  const input = `${encode(JSON.stringify(header))}.${encode(typeof payload === 'string' ? payload : JSON.stringify(payload))}`;
  return `${input}.${signature(input).toString('base64url')}`;
}

export function hmac(secret: string, hash: 'sha256' | 'sha384' | 'sha512' = 'sha256'): Signature {
  return (input) => createHmac(hash, secret).update(input).digest();
}

/** RS256 or ES256, by the kind of the key. */
export function keyed(key: KeyObject): Signature {
  return (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
}

export const unsigned: Signature = () => Buffer.alloc(0);

export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
