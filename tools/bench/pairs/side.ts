import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SERVICES } from '@logi/contracts';
import { declareVirtualHost, deleteVirtualHost } from '@logi/messaging';
import pg from 'pg';
import type { Servers } from '../../stack/servers/servers.ts';

const exec = promisify(execFile);
const HERE = fileURLToPath(new URL('../../..', import.meta.url));
const CHECKOUTS = '.logi/bench/checkouts';

/** One of two trees that are compared: services are started from its folder. */
export type Side = { name: string; root: string };
/** A database and a virtual host that nobody used, as the side's own `migrate` makes them. */
export type Ground = { side: Side; databaseUrl: string; amqpUrl: string };

/** This tree as it lies here, with what is not committed. */
export const THIS: Side = { name: 'this', root: HERE };

/** Lays out a commit beside this tree, with the packages of its own lockfile; an hour later it is still there. */
export async function checkOut(commit: string): Promise<Side> {
  const { stdout } = await exec('git', ['rev-parse', '--short', `${commit}^{commit}`], { cwd: HERE });
  const name = stdout.trim();
  const root = resolve(HERE, CHECKOUTS, name);
  if (!existsSync(root)) {
    await exec('git', ['clone', '--quiet', '--no-checkout', HERE, root]);
    await exec('git', ['checkout', '--quiet', name], { cwd: root });
  }
  if (!existsSync(resolve(root, 'node_modules/.package-lock.json'))) {
    await exec('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
  }
  return { name, root };
}

/** Runs `use` on a ground of its own, which is gone afterwards. */
export async function onNewGround<Result>(
  servers: Servers,
  side: Side,
  use: (ground: Ground) => Promise<Result>,
): Promise<Result> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  await declareVirtualHost({ managementUrl: servers.managementUrl, vhost: name });
  await query(servers.databaseUrl, `create database ${name}`);
  const ground = { side, databaseUrl: withPath(servers.databaseUrl, name), amqpUrl: withPath(servers.amqpUrl, name) };
  try {
    const password = randomBytes(16).toString('hex');
    const passwords = SERVICES.map((service) => [`${service.toUpperCase()}_PASSWORD`, password]);
    await exec(process.execPath, ['--no-warnings', 'tools/migrate.ts'], {
      cwd: side.root,
      env: {
        ...process.env,
        DATABASE_URL: ground.databaseUrl,
        AMQP_URL: ground.amqpUrl,
        RABBITMQ_MANAGEMENT_URL: servers.managementUrl,
        ...Object.fromEntries(passwords),
      },
    });
    return await use(ground);
  } finally {
    await deleteVirtualHost({ managementUrl: servers.managementUrl, vhost: name });
    await query(servers.databaseUrl, `drop database ${name} with (force)`);
  }
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

function withPath(url: string, name: string): string {
  const target = new URL(url);
  target.pathname = `/${name}`;
  return target.href;
}
