import { spawn } from 'node:child_process';
import type { ServiceName } from '@logi/contracts';
import { FASTER_THAN_PEOPLE } from '../../../tools/testing/faster-than-people.ts';
import { LONG_WAIT_MS, within } from '../../../tools/testing/waiting.ts';
import { closeLater } from '../cleanup.ts';
import { COMPILE_CACHE } from '../tool.ts';

export type ServiceProcess = {
  /** Resolves with its address, once it listens. */
  listening: () => Promise<string>;
  /** All that it has printed so far. */
  output: () => string;
  signal: (signal: NodeJS.Signals) => void;
  /** Resolves when it is gone; with null when a signal killed it. */
  exitCode: () => Promise<number | null>;
  /** Ends it as a crash does, or in another way. */
  kill: (signal?: NodeJS.Signals) => Promise<number | null>;
};

/** A service as it runs in production: a process of its own, with nothing but these settings. */
export function spawnService(service: ServiceName, env: Record<string, string>): ServiceProcess {
  const child = spawn(process.execPath, [`services/${service}/src/main.ts`], {
    env: { ...COMPILE_CACHE, ...FASTER_THAN_PEOPLE, HOST: '127.0.0.1', DRAIN_MS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const listening = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        const port = /"port":(\d+)[^\n]*"msg":"\w+ listens"/.exec(output)?.[1];
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      });
    }
    child.on('close', (code) => reject(new Error(`${service} ended with ${code}:\n${output}`)));
  });
  listening.catch(() => undefined); // of no interest to those who want it not to start
  const limit = { limitMs: LONG_WAIT_MS, seen: () => output };
  const exitCode = () => within(ended, `${service} to end`, limit);
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    return exitCode();
  };
  closeLater(() => kill());
  return {
    listening: () => within(listening, `${service} to listen`, limit),
    output: () => output,
    signal: (signal) => child.kill(signal),
    exitCode,
    kill,
  };
}

/** Resolves once it listens. */
export async function startService(service: ServiceName, env: Record<string, string>) {
  const started = spawnService(service, env);
  return { ...started, url: await started.listening() };
}
export type StartedService = Awaited<ReturnType<typeof startService>>;
