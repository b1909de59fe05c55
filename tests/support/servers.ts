import { randomBytes } from 'node:crypto';
import { withEach } from '@logi/contracts';
import { declareTopology, declareUser, declareVirtualHost, deleteVirtualHost } from '@logi/messaging';
import { connectOnce } from '@logi/persistence';
import { z } from 'zod';
import { provision, provisionBroker, type ServiceUrls } from '../../tools/stack/provision.ts';
import { TEST_PASSWORDS } from '../../tools/testing/template.ts';

/** The real servers that tools/test.ts started for this run. */
const servers = z
  .object({ databaseUrl: z.string(), amqpUrl: z.string(), managementUrl: z.string(), template: z.string() })
  .parse(JSON.parse(process.env['LOGI_TEST_SERVERS'] ?? 'null'), {
    error: () => 'run tests by `npm test -- <file>`: it brings up the servers',
  });

export type TestServers = {
  urls: ServiceUrls;
  databaseUrl: string;
  amqpUrl: string;
  managementUrl: string;
  vhost: string;
  discard: () => Promise<void>;
};

/** Others than those of the run, such as a cluster; without a template, tables are made anew. */
export type OtherServers = Pick<TestServers, 'databaseUrl' | 'amqpUrl' | 'managementUrl'> & {
  template?: string;
  brokerNodes?: number;
};

/** A database and a virtual host of one's own, with everything in place and the rights that services really have. */
export async function createTestServers(on: OtherServers = servers): Promise<TestServers> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const { managementUrl, template, brokerNodes = 1 } = on;
  await Promise.all([
    onServer(`create database ${name} template ${template ?? 'template1'}`, on.databaseUrl),
    declareVirtualHost({ managementUrl, vhost: name }),
  ]);
  const urls = { databaseUrl: withPath(on.databaseUrl, name), amqpUrl: withPath(on.amqpUrl, name), managementUrl };
  const provide = template === undefined ? provision : provisionBroker; // a copy of the template has its half
  return {
    ...urls,
    urls: await provide({ ...urls, brokerNodes, passwords: TEST_PASSWORDS, log: () => undefined }),
    vhost: name,
    async discard() {
      await Promise.all([
        deleteVirtualHost({ managementUrl, vhost: name }),
        onServer(`drop database ${name} with (force)`, on.databaseUrl),
      ]);
    },
  };
}

/** Where the servers of this run are. */
export function serversOfTheRun(): OtherServers {
  return servers;
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
  const password = TEST_PASSWORDS.gateway;
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

async function onServer(statement: string, databaseUrl = servers.databaseUrl): Promise<void> {
  const client = await connectOnce(withPath(databaseUrl, 'postgres'), {});
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withPath(url: string, name: string): string {
  return withEach(url, (target) => {
    target.pathname = `/${name}`;
  });
}
