import { EXCHANGES, type ServiceName } from '@logi/contracts';

/** A client of the RabbitMQ management API, which alone can make users and virtual hosts. Credentials are in the URL. */
export type ManagementOptions = { managementUrl: string };

const TIMEOUT_MS = 10_000;

/**
 * What each service's user may do (regular expressions over names). Nobody may configure anything: structure belongs to
 * the `migrate` step. The gateway, and only it, makes queues, and only ones that the broker names.
 */
const PERMISSIONS: Record<ServiceName, { configure: string; write: string; read: string }> = {
  booking: { configure: '', write: '^(booking\\.(events|state|redelivery)|audit\\.events)$', read: '^booking\\..*' },
  tracking: {
    configure: '',
    write: '^(tracking\\.(events|positions|fleet|state|redelivery)|audit\\.events)$',
    read: '^tracking\\..*',
  },
  gateway: {
    configure: '^amq\\.gen-.*$',
    write: '^(amq\\.gen-.*|gateway\\.(redelivery|commands)|audit\\.events)$',
    read: '^(amq\\.gen-.*|gateway\\..*|tracking\\.fleet)$',
  },
  /** It takes letters out of the dead queues and sends them back to the services' queues, and reads who is blocked. */
  operations: {
    configure: '',
    write: '^((booking|tracking|operations)\\.redelivery|audit\\.events)$',
    read: '^(gateway\\.blocks|.*\\.dead)$',
  },
};

/**
 * For queues that keep messages until an operator decides. Full, they take no more: what would have gone there stays where
 * it was, and waits. Dropping the oldest instead would lose, unseen, what somebody is to look at.
 */
const KEPT_LIMITS = { 'max-length': 100_000, 'max-length-bytes': 1_000_000_000, overflow: 'reject-publish' };
const KEPT_QUEUES = `^(${EXCHANGES.unrouted}|.*\\.dead)$`;

/**
 * A policy, and no argument of the queues: those of a queue that is there cannot be changed, and every broker that has run
 * an older version has them.
 */
export async function declareKeptLimits(options: ManagementOptions & { vhost: string }): Promise<void> {
  await call(options, 'PUT', ['policies', options.vhost, 'logi.kept'], {
    ...{ pattern: KEPT_QUEUES, 'apply-to': 'queues', definition: KEPT_LIMITS, priority: 10 },
  });
}

/** Makes the service's broker user, or sets its password and rights anew. */
export async function declareUser(
  options: ManagementOptions & { vhost: string; service: ServiceName; user: string; password: string },
): Promise<void> {
  const { vhost, service, user, password } = options;
  const putUser = () => call(options, 'PUT', ['users', user], { password, tags: '' });
  // The broker refuses to make a user whom another `migrate` makes at this moment; asked again, it changes that user.
  await putUser().catch((err: Error) =>
    err.message.includes('user_already_exists') ? putUser() : Promise.reject(err),
  );
  await call(options, 'PUT', ['permissions', vhost, user], PERMISSIONS[service]);
}

export async function declareVirtualHost(options: ManagementOptions & { vhost: string }): Promise<void> {
  await call(options, 'PUT', ['vhosts', options.vhost]);
}

export async function deleteVirtualHost(options: ManagementOptions & { vhost: string }): Promise<void> {
  await call(options, 'DELETE', ['vhosts', options.vhost]);
}

async function call(options: ManagementOptions, method: string, path: string[], body: object = {}): Promise<void> {
  const response = await askManagement(options, { method, path, body });
  if (!response.ok) throw await refusal(response, { method, path });
}

type Question = { method: string; path: string[]; body?: object };

export async function readManagement(options: ManagementOptions, path: string[]): Promise<unknown> {
  const response = await askManagement(options, { method: 'GET', path });
  if (!response.ok) throw await refusal(response, { method: 'GET', path });
  return response.json();
}

export async function askManagement(options: ManagementOptions, { method, path, body }: Question): Promise<Response> {
  const { username, password, origin } = new URL(options.managementUrl);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return fetch(`${origin}/api/${path.map(encodeURIComponent).join('/')}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

async function refusal(response: Response, { method, path }: Question): Promise<Error> {
  return new Error(
    `RabbitMQ management API: ${method} ${path.join('/')} answered ${response.status} ${await response.text()}`,
  );
}
