import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { UserId } from '../processes/child-process.ts';
import { StackError } from '../processes/stack-error.ts';

const OUTSIDE_HOME = '/var/lib/logi';

export type ServerHome = {
  directory: string;
  /** Whom the server runs as; undefined: as ourselves. PostgreSQL refuses to run as root. */
  user: UserId | undefined;
};

type HomeOptions = {
  dataDirectory: string;
  name: string;
  /** Whom root runs the server as, where that user exists. */
  userName: string;
  log: (line: string) => void;
};

/** Makes, or finds again, the directory that one server owns. */
export function openServerHome(options: HomeOptions): ServerHome {
  const path = join(options.dataDirectory, options.name);
  const ownUid = process.getuid?.();
  if (ownUid === 0) return openHomeAsRoot(path, options);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (ownUid !== undefined && statSync(path).uid !== ownUid) {
    throw new StackError(`${path} belongs to another user: run as that user or root, or remove it to begin anew`);
  }
  return { directory: realpathSync(path), user: undefined };
}

function openHomeAsRoot(path: string, { dataDirectory, name, userName, log }: HomeOptions): ServerHome {
  const hash = createHash('sha256').update(realpathSync(dataDirectory)).digest('hex').slice(0, 12);
  const outside = join(OUTSIDE_HOME, hash, name);
  const link = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
  if (link !== undefined && (link !== outside || !existsSync(link))) {
    log(`${path} led to ${link}, of a clone elsewhere: ${name} begins anew`);
    rmSync(path);
  }
  const known = statSync(path, { throwIfNoEntry: false });
  // A directory made by a run without root stays that user's.
  const user = known && known.uid !== 0 ? { uid: known.uid, gid: known.gid } : findUser([userName, 'nobody']);
  if (!known && !canEnter(dataDirectory, user)) {
    log(`the user who runs ${name} cannot enter ${dataDirectory}: its data is in ${outside}`);
    rmSync(outside, { recursive: true, force: true }); // of a data directory that somebody has removed
    mkdirSync(outside, { recursive: true });
    for (const parent of [OUTSIDE_HOME, dirname(outside)]) chmodSync(parent, 0o711);
    symlinkSync(outside, path);
  }
  mkdirSync(path, { recursive: true });
  const directory = realpathSync(path);
  chownSync(directory, user.uid, user.gid);
  chmodSync(directory, 0o700);
  if (canEnter(directory, user)) return { directory, user };
  throw new StackError(
    `uid ${user.uid}, who runs ${name}, cannot enter ${directory}: remove it to have it made elsewhere`,
  );
}

function canEnter(directory: string, user: UserId): boolean {
  return spawnSync('test', ['-x', directory], { cwd: '/', stdio: 'ignore', ...user }).status === 0;
}

function findUser(names: string[]): UserId {
  for (const name of names) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout?.trim());
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new StackError(`none of the users ${names.join(', ')} exists, and the servers must not run as root`);
}
