import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { FASTER_THAN_PEOPLE } from '../../testing/faster-than-people.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const READY_POLL_MS = 50;

/** The booking service of a tree as a process of its own, as it runs in production. */
export async function startBooking(
  env: Record<string, string>,
  root = ROOT,
): Promise<{ url: string; pid: number; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, ['services/booking/src/main.ts'], {
    cwd: root,
    env: { ...process.env, HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...FASTER_THAN_PEOPLE, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const url = `http://127.0.0.1:${env['BOOKING_PORT']}`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error('the booking service ended before it was ready');
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  return { url, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
