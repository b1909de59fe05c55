import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type ServiceProcess = {
  url: string;
  /** All that it logged. */
  lines: string[];
  /** Ends it as a crash does, or a stop when SIGTERM is asked for; resolves when it is gone. */
  kill: (signal?: 'SIGKILL' | 'SIGTERM') => Promise<void>;
};

/** A service as a process of its own, as in production. Resolves once it listens. */
export async function startServiceProcess(
  service: 'booking' | 'tracking' | 'gateway',
  env: Record<string, string>,
): Promise<ServiceProcess> {
  const child: ChildProcess = spawn(process.execPath, ['--no-warnings', `services/${service}/src/main.ts`], {
    env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', DRAIN_MS: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines: string[] = [];
  if (!child.stdout) throw new Error('no output to read');
  const output = createInterface({ input: child.stdout });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${service} ended with ${code}: ${lines.slice(-5).join('\n')}`)));
    output.on('line', (line) => {
      lines.push(line);
      const entry = JSON.parse(line);
      if (entry.msg === `${service} listens`) resolve(entry.port);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    lines,
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await gone;
    },
  };
}
