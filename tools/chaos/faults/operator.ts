import { connectOnce } from '@logi/persistence';
import type { ChaosStack } from '../stack/stack.ts';

/** Of all services, as an administrator may. */
export async function closeConnections(managementUrl: string): Promise<void> {
  const { origin, username, password } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  for (const user of ['booking', 'tracking', 'gateway']) {
    const url = `${origin}/api/connections/username/${user}`;
    await fetch(url, { method: 'DELETE', headers: { authorization } }).catch(() => undefined); // there may be none
  }
}

/** All but our own. */
export async function endSessions(databaseUrl: string): Promise<void> {
  const client = await connectOnce(databaseUrl, {});
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
  await client.end();
}

export async function isBookingReady(stack: ChaosStack): Promise<boolean> {
  const answers = await Promise.all(stack.of('booking').map(({ url }) => fetch(`${url}/readyz`)));
  return answers.every(({ ok }) => ok);
}
