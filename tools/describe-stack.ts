import { styleText } from 'node:util';
import { requiredClaims, signToken } from '@logi/auth';
import { ROLES, type Role } from '@logi/contracts';
import { consoleLink } from './stack/console.ts';
import { ownName } from './stack/signer.ts';
import type { Stack } from './stack/stack.ts';

const TOKEN_TTL_SECONDS = 12 * 60 * 60;
const SAMPLE_SUBJECTS: Record<Role, string> = { user: 'alice', driver: 'dave', admin: 'root' };

/** What `npm start` prints when everything runs: where it is, who may enter, and what to try. */
export function describeStack({ addresses, usesDevelopmentSecret }: Stack): string {
  const { gatewayUrl, bookingUrl, trackingUrl, operationsUrl, databaseUrl, managementUrl, jwtSecret } = addresses;
  const lines = [
    '',
    heading('Logi runs'),
    row('gateway', gatewayUrl),
    row('booking', bookingUrl),
    row('tracking', trackingUrl),
    row('console', operationsUrl),
    ...(managementUrl ? [row('RabbitMQ UI', describeManagement(managementUrl))] : []),
    ...(databaseUrl ? [row('database', databaseUrl)] : []),
    '',
  ];
  if (jwtSecret === undefined) {
    lines.push('Tokens come from whoever owns the private key to JWT_PUBLIC_KEY or JWT_JWKS_URL.');
  } else {
    lines.push(
      heading('See it, in a browser; the link is good once, for five minutes'),
      `  ${consoleLink(operationsUrl, { secret: jwtSecret, sub: ownName() })}`,
      '  npm run logi -- console    makes another',
      '',
      heading('Tokens, good for 12 hours'),
    );
    for (const role of ROLES) {
      const sub = SAMPLE_SUBJECTS[role];
      lines.push(
        row(
          `${role} ${sub}`,
          signToken({ role, sub, ttlSeconds: TOKEN_TTL_SECONDS, secret: jwtSecret, ...requiredClaims(process.env) }),
        ),
      );
    }
  }
  lines.push('', heading('To try, in another terminal'), ...tryOut(bookingUrl), '');
  if (usesDevelopmentSecret) {
    lines.push(
      styleText(
        'yellow',
        'Warning: tokens are signed with the development secret, which everybody knows. Set JWT_SECRET.',
      ),
      '',
    );
  }
  lines.push('Ctrl-C stops everything.', '');
  return lines.join('\n');
}

function tryOut(bookingUrl: string): string[] {
  const trip =
    '{"pickup_location":{"type":"Point","coordinates":[13.37,52.52]},' +
    '"dropoff_location":{"type":"Point","coordinates":[13.45,52.5]},"vehicle_type":"bike"}';
  return [
    '  npm run demo',
    '  npm run -s logi -- watch --as user:alice --as driver:dave --as admin:root',
    '  TOKEN=$(npm run -s token -- user alice)',
    `  curl -w '\\n' -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' ${bookingUrl}/v1/bookings -d '${trip}'`,
  ];
}

function describeManagement(managementUrl: string): string {
  const { origin, username, password } = new URL(managementUrl);
  return `${origin}  (user ${decodeURIComponent(username)}, password ${decodeURIComponent(password)})`;
}

function heading(text: string): string {
  return styleText('bold', text);
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(13)}${value}`;
}
