import { readFileSync } from 'node:fs';

type Environment = Record<string, string | undefined>;

/** What nobody should see by looking at a process's environment: each may stand in a file that `<NAME>_FILE` names. */
export const SECRET_SETTINGS = [
  'JWT_SECRET',
  'JWT_SECRET_PREVIOUS',
  'JWT_PUBLIC_KEY',
  'FORWARDING_KEY',
  'AMQP_URL',
  'DATABASE_URL',
  'RABBITMQ_MANAGEMENT_URL',
  'BOOKING_PASSWORD',
  'TRACKING_PASSWORD',
  'GATEWAY_PASSWORD',
  'OPERATIONS_PASSWORD',
] as const;

export type SecretFileProblem = { setting: string; message: string };

/** The environment with the contents of those files. A file with nothing in it says as little as an empty variable. */
export function readSecretFiles(env: Environment): { env: Environment; problems: SecretFileProblem[] } {
  const problems: SecretFileProblem[] = [];
  const read = SECRET_SETTINGS.flatMap((name) => {
    const setting = `${name}_FILE`;
    const path = env[setting];
    if (!path) return [];
    if (env[name]) {
      problems.push({ setting, message: `${name} is set as well: set only one of the two` });
      return [];
    }
    try {
      return [[name, readFileSync(path, 'utf8').trim()]];
    } catch (err) {
      const why = typeof err === 'object' && err !== null && 'code' in err ? err.code : err;
      problems.push({ setting, message: `the file cannot be read (${why})` });
      return [];
    }
  });
  return { env: { ...env, ...Object.fromEntries(read) }, problems };
}
