import { randomBytes } from 'node:crypto';
import { declareTopology, declareUser, declareVirtualHost, deleteVirtualHost } from '@logi/messaging';
import pg from 'pg';
import { z } from 'zod';
import { provision, type ServiceUrls } from '../../tools/stack/provision.ts';

/** The real servers that tools/test.ts started for this run. */
const servers = z
  .object({ databaseUrl: z.string(), amqpUrl: z.string(), managementUrl: z.string(), template: z.string() })
  .parse(JSON.parse(process.env['LOGI_TEST_SERVERS'] ?? 'null'), {
    error: () => 'run tests by `npm test -- <file>`: it brings up the servers',
  });

const PASSWORDS = { booking: 'booking', tracking: 'tracking', gateway: 'gateway', operations: 'operations' };

export type TestServers = {
  urls: ServiceUrls;
  databaseUrl: string;
  amqpUrl: string;
  managementUrl: string;
  vhost: string;
  discard: () => Promise<void>;
};

/** A database and a virtual host of one's own, with everything in place and the rights that services really have. */
export async function createTestServers(): Promise<TestServers> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await Promise.all([
    onServer(`create database ${name} template ${servers.template}`),
    declareVirtualHost({ managementUrl: servers.managementUrl, vhost: name }),
  ]);
  const databaseUrl = withPath(servers.databaseUrl, name);
  const amqpUrl = withPath(servers.amqpUrl, name);
  const { managementUrl } = servers;
  const urls = await provision({ databaseUrl, amqpUrl, managementUrl, passwords: PASSWORDS, log: () => undefined });
  return {
    urls,
    databaseUrl,
    amqpUrl,
    managementUrl,
    vhost: name,
    async discard() {
      await Promise.all([
        deleteVirtualHost({ managementUrl, vhost: name }),
        onServer(`drop database ${name} with (force)`),
      ]);
    },
  };
}

/** A database with nothing in it, for tests of what is put there. */
export async function createEmptyDatabase(): Promise<Pick<TestServers, 'databaseUrl' | 'discard'>> {
  const name = `empty_${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name}`);
  return {
    databaseUrl: withPath(servers.databaseUrl, name),
    discard: () => onServer(`drop database ${name} with (force)`),
  };
}

export type TestBroker = Pick<TestServers, 'amqpUrl' | 'managementUrl' | 'vhost' | 'discard'> & { gatewayUrl: string };

/** For tests of what needs no database: a virtual host of one's own, and the gateway's user with its rights. */
export async function createTestBroker({
  amqpUrl: serverUrl,
  managementUrl,
}: Pick<TestServers, 'amqpUrl' | 'managementUrl'> = servers): Promise<TestBroker> {
  const vhost = `test_${randomBytes(6).toString('hex')}`;
  await declareVirtualHost({ managementUrl, vhost });
  const amqpUrl = withPath(serverUrl, vhost);
  await declareTopology(amqpUrl);
  const password = PASSWORDS.gateway;
  await declareUser({ managementUrl, vhost, service: 'gateway', user: 'gateway', password });
  const gatewayUrl = new URL(amqpUrl);
  gatewayUrl.username = 'gateway';
  gatewayUrl.password = password;
  return {
    amqpUrl,
    managementUrl,
    vhost,
    gatewayUrl: gatewayUrl.href,
    discard: () => deleteVirtualHost({ managementUrl, vhost }),
  };
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: withPath(servers.databaseUrl, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withPath(url: string, name: string): string {
  const target = new URL(url);
  target.pathname = `/${name}`;
  return target.href;
}
