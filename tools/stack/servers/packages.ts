import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { runCommand } from '../processes/child-process.ts';
import { StackError } from '../processes/stack-error.ts';

/** Redis is for the benchmarks alone, to stand beside; the proxies and the browser are for tests. */
export type Program = 'postgres' | 'rabbitmq' | keyof typeof SINGLE_PROGRAMS;

/** Those that are one file, which is found by its name, and Debian's package of it. */
const SINGLE_PROGRAMS = {
  redis: { file: 'redis-server', package: 'redis-server' },
  nginx: { file: 'nginx', package: 'nginx' },
  haproxy: { file: 'haproxy', package: 'haproxy' },
  chromium: { file: 'chromium', package: 'chromium' },
} as const;

const DEBIAN_POSTGRES = '/usr/lib/postgresql';
// Not the one on the PATH: that wrapper insists on being root or the system's own `rabbitmq` user.
const DEBIAN_RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** For servers of ours: nothing of the user's environment (PGDATA, RABBITMQ_…) reaches them. */
export const SERVER_ENV = {
  PATH: [...new Set([...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_PATH])].join(delimiter),
  LANG: 'C.UTF-8',
};

/** The directory of the newest PostgreSQL that has PostGIS, or of the given major version. */
export function findPostgres(version?: string): string | undefined {
  return postgresDirectories().find(
    (bin) => hasPostgis(bin) && (version === undefined || majorVersion(bin) === version),
  );
}

export function findRabbitmq(): string | undefined {
  return existsSync(DEBIAN_RABBITMQ) ? DEBIAN_RABBITMQ : findOnPath('rabbitmq-server');
}

/** Whether `installMissing` has what it needs. */
export function canInstall(programs: Program[]): boolean {
  return missingPackages(programs).length === 0 || elevation() !== undefined;
}

/** Installs those of the programs that the machine lacks, where Debian's packages can be installed; else says what to do. */
export async function installMissing(programs: Program[], log: (line: string) => void): Promise<void> {
  const packages = missingPackages(programs);
  if (packages.length === 0) return;
  const elevate = elevation();
  if (!elevate) throw new StackError(cannotInstall(packages));
  log(`installing ${packages.join(', ')} with apt-get (once, about a minute)`);
  const [command = 'sh', ...args] = [...elevate, 'sh', '-c', INSTALL_SCRIPT, 'install', ...packages];
  await runCommand(command, args, { env: { ...process.env, ...SERVER_ENV } });
  const missing = missingPackages(programs);
  if (missing.length > 0) throw new StackError(`apt-get ended well, but ${missing.join(', ')} cannot be found`);
}

export function findProgram(name: keyof typeof SINGLE_PROGRAMS): string | undefined {
  return findOnPath(SINGLE_PROGRAMS[name].file);
}

function missingPackages(programs: Program[]): string[] {
  const packages: string[] = [];
  if (programs.includes('postgres') && !findPostgres()) {
    const installed = postgresDirectories().find((bin) => bin.startsWith(DEBIAN_POSTGRES));
    packages.push(
      ...(installed ? [`postgresql-${majorVersion(installed)}-postgis-3`] : ['postgresql', 'postgresql-postgis']),
    );
  }
  if (programs.includes('rabbitmq') && !findRabbitmq()) packages.push('rabbitmq-server');
  const single = Object.entries(SINGLE_PROGRAMS).filter(([name]) => programs.some((program) => program === name));
  return [...packages, ...single.flatMap(([, program]) => (findOnPath(program.file) ? [] : program.package))];
}

// policy-rc.d (invoke-rc.d(8)) keeps the packages from starting servers of their own on the default ports.
const INSTALL_SCRIPT = `
set -e
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l RUNLEVEL=1
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap "rm -f $policy" EXIT
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
apt-get update -q || echo 'apt-get update failed: trying with the package lists that are there'
apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
`;

function cannotInstall(packages: string[]): string {
  const instead = [
    packages.some((name) => name.startsWith('postgresql')) ? 'DATABASE_URL to a PostgreSQL with PostGIS that runs' : '',
    packages.includes('rabbitmq-server') ? 'AMQP_URL to a RabbitMQ that runs' : '',
  ].filter(Boolean);
  return (
    `${packages.join(' and ')}: not installed, and this is not root (nor sudo without a password) on Debian or Ubuntu.\n` +
    `Install with: sudo apt-get install ${packages.join(' ')}${instead.length > 0 ? `\nor set ${instead.join(' and ')}` : ''}.`
  );
}

/** What to put before a command that needs root, or undefined where that, or apt, is not to be had. */
function elevation(): string[] | undefined {
  if (!findOnPath('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

function postgresDirectories(): string[] {
  const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : [];
  const debian = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN_POSTGRES, version, 'bin'));
  const onPath = findOnPath('postgres');
  return [...debian, ...(onPath ? [dirname(realpathSync(onPath))] : [])].filter((bin) =>
    existsSync(join(bin, 'initdb')),
  );
}

function hasPostgis(bin: string): boolean {
  const asked = spawnSync(join(bin, 'pg_config'), ['--sharedir'], { encoding: 'utf8' });
  return asked.status === 0 && existsSync(join(asked.stdout.trim(), 'extension', 'postgis.control'));
}

function majorVersion(bin: string): string | undefined {
  const asked = spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' });
  return /(\d+)\.\d+/.exec(asked.stdout ?? '')?.[1];
}

function findOnPath(name: string): string | undefined {
  return SERVER_ENV.PATH.split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path));
}
