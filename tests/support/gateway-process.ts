import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Gateway, Rig } from './gateways.ts';

export type GatewayProcess = Gateway & { kill: (signal: NodeJS.Signals) => Promise<number | null>; log: () => string };

/** A gateway in a process of its own, which can be killed. */
export async function spawnGateway(
  rig: Pick<Rig, 'env'>,
  settings: Record<string, string> = {},
): Promise<GatewayProcess> {
  const main = join(import.meta.dirname, '../../services/gateway/src/main.ts');
  const child = spawn(process.execPath, [main], {
    env: { ...rig.env, LOG_LEVEL: 'info', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const port = await new Promise<number>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      log += chunk.toString();
      const found = /"port":(\d+)[^\n]*gateway listens/.exec(log)?.[1];
      if (found) resolve(Number(found));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('exit', (code) => reject(new Error(`the gateway ended with ${code}:\n${log}`)));
  });
  return {
    url: `ws://127.0.0.1:${port}`,
    httpUrl: `http://127.0.0.1:${port}`,
    log: () => log,
    kill: (signal) => end(child, signal),
    async stop() {
      await end(child, 'SIGTERM');
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}
