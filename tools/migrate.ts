import { serverList } from '@logi/contracts';
import { readSecretFiles } from '@logi/service';
import { z } from 'zod';
import { provision } from './stack/provision.ts';

/** The `migrate` step of Compose: puts the database and the broker in place, then ends. */
const settings = z.object({
  DATABASE_URL: serverList(/^postgres(ql)?$/),
  AMQP_URL: serverList(/^amqps?$/),
  RABBITMQ_MANAGEMENT_URL: z.url(),
  BOOKING_PASSWORD: z.string().min(1),
  TRACKING_PASSWORD: z.string().min(1),
  GATEWAY_PASSWORD: z.string().min(1),
  OPERATIONS_PASSWORD: z.string().min(1),
});

const files = readSecretFiles(process.env);
const env = settings.safeParse(files.env);
if (env.success && files.problems.length === 0) {
  const { DATABASE_URL, AMQP_URL, RABBITMQ_MANAGEMENT_URL, ...passwords } = env.data;
  await provision({
    databaseUrl: DATABASE_URL,
    amqpUrl: AMQP_URL,
    managementUrl: RABBITMQ_MANAGEMENT_URL,
    passwords: {
      booking: passwords.BOOKING_PASSWORD,
      tracking: passwords.TRACKING_PASSWORD,
      gateway: passwords.GATEWAY_PASSWORD,
      operations: passwords.OPERATIONS_PASSWORD,
    },
    log: (line) => process.stdout.write(`${line}\n`),
  });
} else {
  const problems = files.problems.map(({ setting, message }) => `  ${setting}: ${message}\n`);
  const rest = env.error ? `${z.prettifyError(env.error)}\n` : '';
  process.stderr.write(`The settings are not right:\n${problems.join('')}${rest}`);
  process.exitCode = 1;
}
