import { spawn } from 'node:child_process';
import type { ServiceName } from '@logi/contracts';
import { eventually } from './http.ts';

export type ServiceProcess = {
  /** Where it listens, as it says in its log. */
  port: () => Promise<number>;
  /** All that it has printed so far. */
  output: () => string;
  signal: (signal: NodeJS.Signals) => void;
  exitCode: Promise<number | null>;
};

/** A service as it runs in production: a process of its own, with nothing but these settings. */
export function spawnService(service: ServiceName, env: Record<string, string>): ServiceProcess {
  const child = spawn(process.execPath, [`services/${service}/src/main.ts`], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const exitCode = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return {
    port: () =>
      eventually(() => {
        const port = /"port":(\d+)[^\n]*"msg":"\w+ listens"/.exec(output)?.[1];
        if (port === undefined) throw new Error(`${service} does not listen yet: ${output}`);
        return Number(port);
      }, 30_000),
    output: () => output,
    signal: (signal) => child.kill(signal),
    exitCode,
  };
}
