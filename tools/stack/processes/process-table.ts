import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hasCode } from './stack-error.ts';

// Start times tell a process from a later one that was given the same id. They come from Linux's /proc; on other systems
// only the id is compared.
const HAS_PROC = existsSync('/proc/self/stat');

export type ProcessRecord = { pid: number; startTime: string };

/** The record of a process that runs now, or undefined. A zombie does not run. */
export function findProcess(pid: number): ProcessRecord | undefined {
  if (!HAS_PROC) return answersSignals(pid) ? { pid, startTime: 'unknown' } : undefined;
  const stat = readStat(pid);
  return stat && stat.state !== 'Z' ? { pid, startTime: stat.startTime } : undefined;
}

export function isRunning(record: ProcessRecord): boolean {
  return findProcess(record.pid)?.startTime === record.startTime;
}

/** Whether SIGSTOP has reached it. Always true where there is no /proc to tell. */
export function isFrozen(pid: number): boolean {
  return !HAS_PROC || readStat(pid)?.state === 'T';
}

export function isGroupRunning(leaderPid: number): boolean {
  if (!HAS_PROC) return answersSignals(-leaderPid);
  return readdirSync('/proc').some((entry) => {
    const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : undefined;
    return stat !== undefined && stat.group === leaderPid && stat.state !== 'Z';
  });
}

/** The program that runs us: our parent, or the one above where the parent is just its `sh -c`. */
export function findRunner(): ProcessRecord | undefined {
  const [, flag] = readCommandLine(process.ppid);
  return findProcess(flag === '-c' ? (readStat(process.ppid)?.parent ?? process.ppid) : process.ppid);
}

/** Sends a signal; a process (or, below zero, a group) that is gone already is not an error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (err) {
    if (!hasCode(err, 'ESRCH')) throw err;
  }
}

function readStat(pid: number) {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // gone
  }
  // proc(5): the name, in parentheses, is field 2 and may hold anything; after it, fields 3, 4, 5 and 22 are ours.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', parent: Number(fields[1]), group: Number(fields[2]), startTime: fields[19] ?? '' };
}

function readCommandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
