import { afterAll, beforeAll, expect } from '@jest/globals';
import { signToken } from '@logi/auth';
import { ROLES, type Role } from '@logi/contracts';
import { createRandom } from '../../tools/testing/random.ts';
import { type Arsenal, hostileCall } from '../support/api/hostile-calls.ts';
import type { ApiService } from '../support/api/openapi.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call, callText } from '../support/http.ts';
import { inTwoSizes } from '../support/long.ts';
import { belongings, liveThrough } from '../support/people/bystanders.ts';
import { gatewayReads } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

/*
 * Everything that the OpenAPI documents name, by people who wish us ill. Whatever they send, the answer is a documented one
 * (`callText` looks), nothing breaks, and nothing of anybody else has changed. A call that fails is made again by its number:
 * each is made of the seed and the number alone.
 */

const SEED = process.env['FUZZ_SEED'] ?? 'logi';
const LANES = 8;

let system: System;
let database: { sql: Rows; close: () => Promise<void> };
let origins: Record<ApiService, string>;
let victims: string[];
let attackers: string[];
beforeAll(async () => {
  system = await startSystem();
  database = await openSql(system.servers.databaseUrl);
  origins = {
    booking: system.bookingUrl,
    tracking: system.trackingUrl,
    gateway: system.gatewayUrl.replace('ws', 'http'),
    operations: `http://127.0.0.1:${(await system.start.operations()).port()}`,
  };
  await gatewayReads(system);
  victims = await liveThrough(system, { user: 'vic', driver: 'val', at: 1 });
  attackers = await liveThrough(system, { user: 'eve', driver: 'mal', at: 50 });
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

const sign = (role: Role, sub: string, ttlSeconds = 36_000) =>
  signToken({ role, sub, ttlSeconds, secret: system.secret });

async function fuzz(name: string, count: number, arsenal: Arsenal): Promise<Map<string, number>> {
  const random = createRandom(`${SEED}/${name}`);
  const statuses = new Map<string, number>();
  const numbers = Array.from({ length: count }, (_, n) => n).values();
  const lanes = Array.from({ length: LANES }, async () => {
    for (const n of numbers) {
      const hostile = hostileCall(random.fork(String(n)), arsenal);
      const { method, path, headers, body, call: asked } = hostile;
      const init = { method, headers, ...(body !== undefined && { body }) };
      const which = `call ${n} of ${SEED}/${name}: ${method} ${path.slice(0, 300)} ${body?.slice(0, 500)}`;
      const ask = () => callText(`${origins[asked.service]}${path}`, init);
      const { response } = await ask()
        .catch((err: unknown) => (isReset(err) ? ask() : Promise.reject(err)))
        .catch((cause: unknown) => {
          throw new Error(which, { cause });
        });
      if (response.status >= 500) throw new Error(`${response.status} for ${which}`);
      const key = `${asked.operation.operationId} ${response.status < 300 ? 'taken' : 'refused'}`;
      statuses.set(key, (statuses.get(key) ?? 0) + 1);
    }
  });
  await Promise.all(lanes);
  return statuses;
}

/** A service may end an idle connection in the moment in which it is used: HTTP has whoever asks ask again. */
function isReset(err: unknown): boolean {
  const cause = err instanceof Error ? err.cause : undefined;
  return cause instanceof Error && 'code' in cause && ['ECONNRESET', 'UND_ERR_SOCKET'].includes(String(cause.code));
}

/** Frames are the rest of 2,000 and of 100,000. */
const SIZES = { short: 750, long: 37_500 };

inTwoSizes('whatever strangers, users and drivers send, the answer is documented, and nobody else is touched', SIZES, {
  timeoutMs: 1_800_000,
  run: async (count) => {
    const before = await belongings(database.sql);
    const statuses = await fuzz('people', count, {
      tokens: [
        ...[sign('user', 'eve'), sign('driver', 'mal'), sign('user', 'eve'), sign('driver', 'mal')],
        ...[sign('user', 'evan'), sign('driver', 'max'), sign('user', 'vic', -60), 'none', `${sign('user', 'vic')}x`],
        signToken({ role: 'admin', sub: 'ops', ttlSeconds: 60, secret: 'another secret of thirty-two bytes!' }),
      ],
      bookings: [...victims, ...attackers],
      people: ['vic', 'val', 'eve', 'mal', 'ops', 'me', 'van'],
    });
    expect(await belongings(database.sql)).toEqual(before);
    expect(statuses.size).toBeGreaterThan(30);
  },
});

inTwoSizes('whatever an admin sends, the answer is documented', SIZES, {
  timeoutMs: 1_800_000,
  run: async (count) => {
    await fuzz('admins', count, {
      tokens: ['ops', 'boss'].map((sub) => sign('admin', sub)).concat(ROLES.map((role) => sign(role, 'eve'))),
      bookings: [...victims, ...attackers],
      people: ['val', 'mal', 'van', 'sleigh'],
    });
    for (const origin of Object.values(origins)) expect((await call('GET', `${origin}/healthz`)).status).toBe(200);
  },
});
