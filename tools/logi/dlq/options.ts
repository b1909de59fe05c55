import { hostname, userInfo } from 'node:os';
import { deadQueue, QUEUES } from '@logi/contracts';
import type { Command } from 'commander';
import { z } from 'zod';
import { readOptions } from '../command-line.ts';

const queueName = z
  .string()
  .transform((name) => Object.values(QUEUES).find((queue) => name === queue || name === deadQueue(queue)) ?? name)
  .pipe(z.enum(Object.values(QUEUES), { error: `must be one of ${Object.values(QUEUES).join(', ')}` }));

const options = z.object({
  queue: queueName.optional(),
  type: z.string().min(1).optional(),
  reason: z.string().min(1).optional(),
  id: z.string().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1_000_000).optional(),
  by: z.string().min(1).max(200).optional(),
  decided: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  yes: z.boolean().default(false),
  json: z.boolean().default(false),
});

export type Options = ReturnType<typeof readLetterOptions>;

export function readLetterOptions(command: Command) {
  const { queue, type, reason, id: messageId, by = defaultName(), ...rest } = readOptions(command, options);
  const filter = { queue, type, reason, messageId };
  return { ...rest, by, filter, isFiltered: Object.values(filter).some((value) => value !== undefined) };
}

export function withFilters(command: Command): Command {
  return command
    .option('--queue <name>', 'those of this queue')
    .option('--type <event type>', 'those of this type')
    .option('--reason <part>', 'those whose reason has this in it')
    .option('--id <message-id>', 'this one')
    .option('--limit <n>', 'the first n only (list: 50)');
}

export function withDecision(command: Command): Command {
  return withFilters(command)
    .option('--by <name>', 'who decides, for the audit (user@host)')
    .option('--dry-run', 'only says what it would decide');
}

/** Who acts, where nobody says. */
export function defaultName(): string {
  return `${userInfo().username}@${hostname()}`;
}
