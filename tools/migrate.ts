import { serverList } from '@logi/contracts';
import { commonSettings, readSecretFiles } from '@logi/service';
import { z } from 'zod';
import { brokerNodes } from './stack/broker-nodes.ts';
import { provision } from './stack/provision.ts';

/** The `migrate` step of Compose: puts the database and the broker in place, then ends. */
const settings = z.object({
  DATABASE_URL: serverList(/^postgres(ql)?$/),
  AMQP_URL: serverList(/^amqps?$/),
  RABBITMQ_MANAGEMENT_URL: z.url(),
  BROKER_NODES: brokerNodes,
  WORK_QUEUE_SHARDS: commonSettings.shape.WORK_QUEUE_SHARDS,
  BOOKING_PASSWORD: z.string().min(1),
  TRACKING_PASSWORD: z.string().min(1),
  GATEWAY_PASSWORD: z.string().min(1),
  OPERATIONS_PASSWORD: z.string().min(1),
});

const files = readSecretFiles(process.env);
// As everywhere, an empty variable is an unset one.
const env = settings.safeParse(Object.fromEntries(Object.entries(files.env).filter(([, value]) => value !== '')));
if (env.success && files.problems.length === 0) {
  const { DATABASE_URL, AMQP_URL, RABBITMQ_MANAGEMENT_URL, BROKER_NODES, WORK_QUEUE_SHARDS, ...passwords } = env.data;
  await provision({
    databaseUrl: DATABASE_URL,
    amqpUrl: AMQP_URL,
    managementUrl: RABBITMQ_MANAGEMENT_URL,
    brokerNodes: BROKER_NODES,
    workQueueShards: WORK_QUEUE_SHARDS,
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
