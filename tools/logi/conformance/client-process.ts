import { spawn } from 'node:child_process';

const GRACE_MS = 2_000;
const MAX_KEPT_CHARACTERS = 4_000;

export type ClientProcess = {
  /** The end of what it wrote for people. */
  errors: () => string;
  stop: () => Promise<void>;
};

/** The client under test, anew for each case. What it prints on standard output is for us, line by line. */
export function startClient(
  [command = '', ...args]: readonly string[],
  {
    env,
    onLine,
    onExit,
  }: { env: Record<string, string>; onLine: (line: string) => void; onExit: (how: string) => void },
): ClientProcess {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-MAX_KEPT_CHARACTERS);
  });
  // By newlines alone: readline takes U+2028 for one, which JSON may have in a text.
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  const ended = new Promise<void>((resolve) => {
    const end = (how: string) => {
      onExit(how);
      resolve();
    };
    child.on('error', (err) => end(`it cannot be started: ${err.message}`));
    child.on('exit', (code, signal) => end(signal ? `killed by ${signal}` : `exit status ${code}`));
  });
  return {
    errors: () => errors,
    async stop() {
      child.kill();
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
