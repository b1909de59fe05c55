import { authSettings, authVariables } from '@logi/auth';
import { SERVICES, type ServiceName } from '@logi/contracts';
import { SECRET_SETTINGS } from '@logi/service/settings/secret-files';
import type { z } from 'zod';
import { settings as booking } from '../../../services/booking/src/config.ts';
import { settings as gateway } from '../../../services/gateway/src/config.ts';
import { settings as operations } from '../../../services/operations/src/config.ts';
import { settings as tracking } from '../../../services/tracking/src/config.ts';
import { bad, type Finding, good, odd } from './finding.ts';

const OWN: Record<ServiceName, z.ZodObject> = { booking, tracking, gateway, operations };
const ADDRESSES = ['AMQP_URL', 'DATABASE_URL'];
/** What Compose and `npm start` read beside the services' own. */
const OTHERS = [
  ...[
    'PUBLISH_ADDRESS',
    'RABBITMQ_MANAGEMENT_URL',
    'RABBITMQ_UI_PORT',
    'AMQP_PORT',
    'BROKER_NODES',
    'POSTGRES_PORT',
    'LOGI_TOKEN',
  ],
  ...['POSTGRES_PASSWORD', 'RABBITMQ_PASSWORD', 'BOOKING_PASSWORD', 'TRACKING_PASSWORD', 'GATEWAY_PASSWORD'],
  ...['OPERATIONS_PASSWORD', 'OPERATIONS_URL', 'OPERATIONS_ADDRESS', 'CONSOLE_USER'],
  ...['TLS_ADDRESS', 'TLS_PORT', 'TLS_SITE', 'TLS_KEYS'],
  ...['NODE_IMAGE', 'RABBITMQ_IMAGE', 'POSTGIS_IMAGE', 'CADDY_IMAGE'],
  ...SECRET_SETTINGS.map((name) => `${name}_FILE`),
];
/** Shorter names are near to too many others. */
const MIN_NAME_CHARACTERS = 7;
const MAX_SLIPS = 2;

export type Environment = Record<string, string | undefined>;

/** What the services would say of these settings at their start, and what they cannot know. */
export function checkSettings(env: Environment, services: readonly ServiceName[]): Finding[] {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  return [
    ...services.flatMap((service) => checkService(service, given)),
    ...checkKeys(given),
    ...checkPorts(given),
    ...checkOrigins(given),
    ...findSlips(given),
  ];
}

function checkService(service: ServiceName, given: Environment): Finding[] {
  const schema = OWN[service];
  const parsed = schema.safeParse(given);
  const issues = parsed.error?.issues ?? [];
  // `npm start` and Compose bring the servers; only who starts a service by hand must name them.
  const wrong = issues.filter(
    ({ path: [name] }) => !(ADDRESSES.includes(String(name)) && given[String(name)] === undefined),
  );
  const own = Object.keys(schema.shape).filter((name) => given[name] !== undefined);
  if (wrong.length === 0)
    return [good(service, own.length === 0 ? 'all settings at their defaults' : `${own.join(', ')}: right`)];
  return wrong.map(({ path, message }) => bad(service, `${path.join('.')}: ${message}`));
}

function checkKeys(given: Environment): Finding[] {
  const auth = authSettings.safeParse(given);
  if (!auth.success) return auth.error.issues.map(({ path, message }) => bad('keys', `${path.join('.')}: ${message}`));
  const { keys, usesDevelopmentSecret } = auth.data;
  if (usesDevelopmentSecret)
    return [odd('keys', 'tokens are checked with the development secret, which everybody knows: set JWT_SECRET')];
  const by = { secret: 'JWT_SECRET', public: 'JWT_PUBLIC_KEY', jwks: 'the keys at JWT_JWKS_URL' }[keys.kind];
  return [good('keys', `tokens are checked with ${by}`)];
}

function checkPorts(given: Environment): Finding[] {
  const ports = SERVICES.map((service) => {
    const name = `${service.toUpperCase()}_PORT`;
    return { name, port: String(OWN[service].shape[name]?.safeParse(given[name]).data ?? given[name]) };
  });
  const shared = [...Map.groupBy(ports, ({ port }) => port)].filter(
    ([port, users]) => users.length > 1 && port !== '0',
  );
  return shared.map(([port, users]) => bad('ports', `${users.map(({ name }) => name).join(' and ')} are both ${port}`));
}

/** A browser says `https://app.example.com`: scheme, host, and a port that is not the scheme's own. */
function checkOrigins(given: Environment): Finding[] {
  const text = given['ALLOWED_ORIGINS'];
  if (text === undefined) return [odd('origins', 'ALLOWED_ORIGINS is not set: web pages from anywhere may call')];
  const parsed = gateway.shape.ALLOWED_ORIGINS.safeParse(text);
  if (!parsed.success) return []; // the gateway's own finding
  const never = [...(parsed.data ?? [])].flatMap((origin) => {
    const sent = originOf(origin);
    return sent === origin
      ? []
      : [
          bad(
            'origins',
            `${origin} is no origin${sent ? `: browsers say ${sent}` : ', such as https://app.example.com'}`,
          ),
        ];
  });
  return never.length > 0 ? never : [good('origins', text)];
}

function originOf(text: string): string | undefined {
  const { origin, protocol } = URL.parse(text) ?? {};
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
}

/** A name that is nearly one of ours is most likely a slip, and would do nothing. */
function findSlips(given: Environment): Finding[] {
  const known = new Set([
    ...Object.values(OWN).flatMap(({ shape }) => Object.keys(shape)),
    ...Object.keys(authVariables.shape),
    ...OTHERS,
  ]);
  return Object.keys(given)
    .filter((name) => !known.has(name) && name.length >= MIN_NAME_CHARACTERS)
    .flatMap((name) => {
      const meant = [...known].find((each) => isSlipOf(name, each));
      return meant === undefined ? [] : [odd('names', `nothing reads ${name}: was ${meant} meant?`)];
    });
}

/** Some letters wrong, or the unit left out: OFFER_TIMEOUT for OFFER_TIMEOUT_MS. */
function isSlipOf(name: string, known: string): boolean {
  return slips(name, known) <= MAX_SLIPS || (name.includes('_') && known.startsWith(`${name}_`));
}

/** How many letters are to be added, left out or changed to make one text the other (Levenshtein). */
function slips(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > MAX_SLIPS) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const [above = 0, diagonal = 0, left = 0] = [row[column + 1], row[column], next[column]];
      next.push(Math.min(above + 1, left + 1, diagonal + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
