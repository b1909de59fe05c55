import { createHmac, type KeyObject, verify } from 'node:crypto';
import { type AuthConfig, DEVELOPMENT_SECRET } from '@logi/auth';
import { principalId, ROLES, role } from '@logi/contracts';
import { z } from 'zod';

/*
 * Why a token would be refused, one reason at a time. The services only ever say the first, and in few words: whoever is
 * at the door need not learn how near they came. Here it is its owner who asks.
 */

export type Finding = { isGood: boolean; text: string };

const MAX_TOKEN_CHARACTERS = 8_192;
const CLOCK_SKEW_SECONDS = 60;
/** A later `exp` is nobody's intention: it counts milliseconds. */
const YEAR_9999_SECONDS = 253_402_300_799;
const TYPES = ['jwt', 'at+jwt'];

const part = z.record(z.string(), z.unknown());
type Part = z.infer<typeof part>;
type Pieces = { header: Part; claims: Part; signed: string; signature: Buffer };

export function examine(token: string, config: AuthConfig, now = new Date()): Finding[] {
  const pieces = takeApart(token);
  if ('isGood' in pieces) return [pieces];
  const findings = [examineHeader(pieces.header, config), ...examineSignature(pieces, config)];
  const nowSeconds = now.getTime() / 1_000;
  return [
    ...(token.length > MAX_TOKEN_CHARACTERS
      ? [bad(`it has ${token.length} characters, and ${MAX_TOKEN_CHARACTERS} are read`)]
      : []),
    ...findings,
    ...examineTimes(pieces.claims, nowSeconds),
    ...examinePerson(pieces.claims),
    ...examineIssuer(pieces.claims, config),
  ];
}

function takeApart(token: string): Pieces | Finding {
  const [headerText = '', claimsText = '', signatureText, ...surplus] = token.split('.');
  if (signatureText === undefined || surplus.length > 0)
    return bad(
      `a token is three texts with dots between them, and this has ${token.split('.').filter(Boolean).length}: is it cut off?`,
    );
  const header = decode(headerText);
  if (!header) return bad('its first part, the header, is not JSON in base64url');
  const claims = decode(claimsText);
  if (!claims) return bad('its second part, the claims, is not a JSON object in base64url');
  return { header, claims, signed: `${headerText}.${claimsText}`, signature: Buffer.from(signatureText, 'base64url') };
}

function decode(text: string): Part | undefined {
  try {
    return part.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function examineHeader({ alg, typ, crit }: Part, { keys }: AuthConfig): Finding {
  const accepted = keys.kind === 'secret' ? ['HS256'] : ['RS256', 'ES256'];
  const by = { secret: 'a secret', public: 'a public key', jwks: "the issuer's public keys" }[keys.kind];
  if (typeof alg !== 'string' || alg.toLowerCase() === 'none') return bad('it is not signed at all (`alg`)');
  if (!accepted.includes(alg))
    return bad(`it is signed by ${show(alg)}; tokens are checked with ${by}, so ${accepted.join(' or ')} it must be`);
  if (
    typ !== undefined &&
    !TYPES.includes(
      String(typ)
        .toLowerCase()
        .replace(/^application\//, ''),
    )
  )
    return bad(`\`typ\` is ${show(typ)}: this is a token for something else`);
  if (crit !== undefined) return bad('it demands what Logi does not know (`crit`)');
  return good(`signed by ${alg}`);
}

function examineSignature({ header, signed, signature }: Pieces, { keys }: AuthConfig): Finding[] {
  switch (keys.kind) {
    case 'secret':
      return header['alg'] === 'HS256' ? [examineSecret(signed, signature, keys.secrets)] : [];
    case 'public': {
      const isGood = verifies(signed, signature, keys.publicKey);
      return [isGood ? good('by the private key to JWT_PUBLIC_KEY') : bad('not by the private key to JWT_PUBLIC_KEY')];
    }
    case 'jwks':
      return []; // only the issuer's answer tells, and the verdict has it
    default:
      return keys satisfies never;
  }
}

function examineSecret(signed: string, signature: Buffer, secrets: readonly KeyObject[]): Finding {
  const [text = Buffer.alloc(0), ...before] = secrets.map((secret) => secret.export());
  const isBy = (key: Buffer) => createHmac('sha256', key).update(signed).digest().equals(signature);
  if (isBy(text)) return good('with the right secret');
  if (before.some(isBy)) return good('with the secret before it (JWT_SECRET_PREVIOUS)');
  if (isBy(Buffer.from(DEVELOPMENT_SECRET))) return bad('with the development secret, and the stack has another');
  if (isBy(Buffer.concat([text, Buffer.from('\n')]))) return bad('with the right secret and a line end after it');
  if (isBy(Buffer.from(text.toString(), 'base64')))
    return bad('with what JWT_SECRET decodes to as base64; Logi takes its text as it stands');
  return bad('with another secret');
}

function verifies(signed: string, signature: Buffer, key: KeyObject): boolean {
  const encoded = key.asymmetricKeyType === 'ec' ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
  return verify('sha256', Buffer.from(signed), encoded, signature);
}

function examineTimes({ exp, iat, nbf }: Part, now: number): Finding[] {
  const starts = Object.entries({ iat, nbf }).flatMap(([name, value]) => examineStart(name, value, now));
  return [examineExpiry(exp, now), ...starts];
}

function examineExpiry(exp: unknown, now: number): Finding {
  if (exp === undefined) return bad('it never expires: `exp` is required');
  if (typeof exp !== 'number' || exp <= 0)
    return bad(`\`exp\` is ${show(exp)}: it must be a number of seconds since 1970`);
  if (exp > YEAR_9999_SECONDS) return bad('`exp` is after the year 9999: is it in milliseconds? It must be in seconds');
  if (exp <= now) return bad(`it expired ${ago(now - exp)} ago, at ${timeOf(exp)}`);
  return good(`it expires in ${ago(exp - now)}, at ${timeOf(exp)}`);
}

function examineStart(name: string, value: unknown, now: number): Finding[] {
  if (value === undefined) return [];
  if (typeof value !== 'number')
    return [bad(`\`${name}\` is ${show(value)}: it must be a number of seconds since 1970`)];
  if (value <= now + CLOCK_SKEW_SECONDS) return [];
  const isMilliseconds = value > YEAR_9999_SECONDS;
  return [
    bad(
      isMilliseconds ? `\`${name}\` is in milliseconds` : `\`${name}\` is ${ago(value - now)} ahead: is a clock wrong?`,
    ),
  ];
}

function examinePerson(claims: Part): Finding[] {
  const sub = principalId.safeParse(claims['sub']);
  const found = role.safeParse(claims['role']);
  return [
    sub.success
      ? good(`for ${show(sub.data)} (\`sub\`)`)
      : bad(`\`sub\` must be a text of 1 to 128 characters, and is ${show(claims['sub'])}`),
    found.success
      ? good(`as ${found.data} (\`role\`)`)
      : bad(`\`role\` must be ${ROLES.join(', ')}, and is ${show(claims['role'])}`),
  ];
}

function examineIssuer({ iss, aud }: Part, { issuer, audience }: AuthConfig): Finding[] {
  const audiences = Array.isArray(aud) ? aud : [aud];
  return [
    ...(issuer === undefined || iss === issuer
      ? []
      : [bad(`\`iss\` must be ${show(issuer)} (JWT_ISSUER), and is ${show(iss)}`)]),
    ...(audience === undefined || audiences.includes(audience)
      ? []
      : [bad(`\`aud\` must be ${show(audience)} (JWT_AUDIENCE), and is ${show(aud)}`)]),
  ];
}

function good(text: string): Finding {
  return { isGood: true, text };
}

function bad(text: string): Finding {
  return { isGood: false, text };
}

function show(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value);
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

function ago(seconds: number): string {
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
  ];
  const [name, size] = units.find(([, size]) => seconds >= 2 * size) ?? ['s', 1];
  return `${Math.ceil(seconds / size)} ${name}`;
}
