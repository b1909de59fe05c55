import { hostname, userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { deadQueue, QUEUES, SUBSCRIPTIONS } from '@logi/contracts';
import { z } from 'zod';

export const USAGE = `usage: npm run dlq -- <command> [filters]
  list                what could not be handled and waits for a decision; --decided: what was decided, by whom
  show <message-id>   its headers and body
  replay              sends it back to its queue, with its attempts before it; --dry-run only says what
  discard             takes it out of the way; it stays in the audit. Without a filter it needs --yes
filters:
  --queue <name>  --type <event type>  --reason <part of it>  --id <message-id>
  --limit <n>     the first n only (list: 50)
  --by <name>     who decides, for the audit (user@host)
Servers: DATABASE_URL and AMQP_URL, of an administrator; without them, those of the stack that runs here.
With Compose: docker compose run --rm migrate node tools/dlq/main.ts <command>`;

const COMMANDS = ['list', 'show', 'replay', 'discard'] as const;
/** What each command takes beside the filters. An option that would do nothing is refused. */
const EXTRAS: Record<(typeof COMMANDS)[number], readonly string[]> = {
  list: ['decided'],
  show: [],
  replay: ['dry-run', 'by'],
  discard: ['dry-run', 'by', 'yes'],
};
const FILTERS = ['queue', 'type', 'reason', 'id', 'limit'];

export class UsageError extends Error {}

const queueName = z
  .string()
  .transform((name) => Object.values(QUEUES).find((queue) => name === queue || name === deadQueue(queue)) ?? name)
  .pipe(z.enum(Object.values(QUEUES), { error: `must be one of ${Object.values(QUEUES).join(', ')}` }));

const schema = z.object({
  queue: queueName.optional(),
  type: z.string().min(1).optional(),
  reason: z.string().min(1).optional(),
  id: z.string().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1_000_000).optional(),
  by: z.string().min(1).max(200).optional(),
  decided: z.boolean().default(false),
  'dry-run': z.boolean().default(false),
  yes: z.boolean().default(false),
});

export type Options = ReturnType<typeof readOptions>;

export function readOptions(args: string[]) {
  const { values, positionals } = parse(args);
  const [commandName, messageId, ...surplus] = positionals;
  const command = COMMANDS.find((name) => name === commandName);
  if (!command) throw new UsageError(commandName === undefined ? 'which command?' : `no command ${commandName}`);
  if ((command === 'show') !== (messageId !== undefined) || surplus.length > 0)
    throw new UsageError(command === 'show' ? 'show takes one message id' : `${command} takes no ${messageId}`);
  const allowed = [...(command === 'show' ? [] : FILTERS), ...EXTRAS[command]];
  const useless = Object.keys(values).find((name) => !allowed.includes(name));
  if (useless !== undefined) throw new UsageError(`${command} takes no --${useless}`);
  const parsed = schema.safeParse(values);
  if (!parsed.success)
    throw new UsageError(parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'));
  const { queue, type, reason, id, limit, by = defaultName(), decided, yes, 'dry-run': isDryRun } = parsed.data;
  if (command === 'replay' && queue !== undefined && !Object.hasOwn(SUBSCRIPTIONS, queue))
    throw new UsageError(`${queue} is a stream and has its messages still: there is nowhere to replay them to`);
  const filter = { queue, type, reason, messageId: id ?? messageId };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if (command === 'discard' && !isFiltered && !yes && !isDryRun)
    throw new UsageError('discard needs a filter, or --yes for everything');
  return { command, filter, limit, by, decided, isDryRun };
}

function parse(args: string[]) {
  const value = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{ queue: value, type: value, reason: value, id: value, limit: value, by: value },
        ...{ decided: flag, 'dry-run': flag, yes: flag },
      },
    });
  } catch (err) {
    throw new UsageError(err instanceof Error ? err.message : String(err));
  }
}

function defaultName(): string {
  return `${userInfo().username}@${hostname()}`;
}
