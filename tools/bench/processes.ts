import { readdir, readFile } from 'node:fs/promises';

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

/** Of one service and all that it stands on, in microseconds. */
export type CpuTimes = { service: number; postgres: number; rabbitmq: number; generator: number };

export async function cpuTimes(service: number, generators: readonly number[] = [process.pid]): Promise<CpuTimes> {
  return {
    service: await cpuMicros([service]),
    postgres: await cpuMicros(await descendantsNamed('postgres')),
    rabbitmq: await cpuMicros(await descendantsNamed('beam.smp')),
    generator: await cpuMicros(generators),
  };
}

/** What was used between two looks, for each of so many things that were done. */
export function cpuEach(before: CpuTimes, after: CpuTimes, count: number): CpuTimes {
  const each = (who: keyof CpuTimes) => (after[who] - before[who]) / count;
  return {
    service: each('service'),
    postgres: each('postgres'),
    rabbitmq: each('rabbitmq'),
    generator: each('generator'),
  };
}

/** Without the load generator: what it takes in production. */
export function byProcess({ service, postgres, rabbitmq }: CpuTimes) {
  return { service, PostgreSQL: postgres, RabbitMQ: rabbitmq };
}

export function describeCpu(cpu: CpuTimes): string {
  const parts = Object.entries(byProcess(cpu));
  const total = parts.reduce((sum, [, micros]) => sum + micros, 0);
  return `${total.toFixed(0)} (${parts.map(([who, micros]) => `${who} ${micros.toFixed(0)}`).join(', ')})`;
}

const TICKS_PER_SECOND = 100; // USER_HZ, fixed on Linux

/** Processor time that a process has used so far, in seconds: its threads, and the children that have ended. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; what follows it does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

/** Resident memory of a process in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}
