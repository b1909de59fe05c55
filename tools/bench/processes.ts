import { readdir, readFile } from 'node:fs/promises';
import { cpuSeconds } from './suite.ts';

/** Our own processes of that name, at any depth, and not others of the same name. */
export async function descendantsNamed(name: string): Promise<number[]> {
  const parents = new Map<number, { parent: number; name: string }>();
  for (const entry of await readdir('/proc')) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const found = /^(\d+) \((.*)\) \S (\d+)/.exec(stat);
    if (found) parents.set(Number(found[1]), { parent: Number(found[3]), name: found[2] ?? '' });
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent;
    return parent === process.pid || (parent !== undefined && parent > 1 && isOurs(parent));
  };
  return [...parents].filter(([pid, each]) => each.name === name && isOurs(pid)).map(([pid]) => pid);
}

/** Processor time in microseconds that these have used so far; those that are gone count as none. */
export async function cpuMicros(pids: readonly number[]): Promise<number> {
  const times = await Promise.all(pids.map((pid) => cpuSeconds(pid).catch(() => 0)));
  return times.reduce((sum, seconds) => sum + seconds, 0) * 1e6;
}
