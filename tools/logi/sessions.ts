import { principalId, ROLES, role } from '@logi/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { readOptions, refuseUsage } from './command-line.ts';
import { Failure } from './ending.ts';
import { note, plain, print, printJson, table } from './output.ts';
import { addresses, adminToken, callStack } from './stack.ts';

const options = z.object({
  role: role.optional(),
  sub: principalId.optional(),
  sessionId: z.uuid().optional(),
  json: z.boolean().default(false),
});
type Options = z.infer<typeof options>;

const gathered = { count: z.int(), missing_instances: z.array(z.string()) };
const listed = z.object({
  ...gathered,
  items: z.array(
    z.looseObject({
      session_id: z.string(),
      instance_id: z.string(),
      role: z.string(),
      sub: z.string(),
      address: z.string(),
      protocol: z.string(),
      connected_at: z.string(),
      queued_events: z.int(),
    }),
  ),
});
const ended = z.object(gathered);

export function sessions(): Command {
  return new Command('sessions')
    .summary('who is connected to the gateways, and ends sessions')
    .description('The open sockets of all gateways.')
    .addCommand(list(), { isDefault: true })
    .addCommand(end());
}

function list(): Command {
  return withFilter(new Command('list'))
    .description('Lists them.')
    .action(async (_options, command: Command) => {
      const filter = readOptions(command, options);
      const answer = await callStack(urlOf(filter), { token: adminToken() });
      if (filter.json) return printJson(answer);
      const { items, count, missing_instances } = listed.parse(answer);
      const rows = items.map((item) => [
        item.role,
        plain(item.sub),
        item.session_id,
        item.protocol,
        item.connected_at,
        item.address,
        String(item.queued_events),
        item.instance_id,
      ]);
      const heads = ['role', 'sub', 'session', 'protocol', 'connected', 'address', 'queued', 'instance'];
      print(rows.length === 0 ? 'nobody is connected' : table([heads, ...rows]));
      if (count > items.length) note(`… and ${count - items.length} more: narrow it by --role and --sub`);
      noteMissing(missing_instances);
    });
}

function end(): Command {
  return withFilter(new Command('end'))
    .description('Ends one session, or all of one person. Their tokens stay good: they can come back.')
    .action(async (_options, command: Command) => {
      const filter = readOptions(command, options);
      const isOne = filter.sessionId !== undefined || (filter.role !== undefined && filter.sub !== undefined);
      if (!isOne) refuseUsage(command, 'end takes --session-id, or --role and --sub');
      const answer = ended.parse(await callStack(urlOf(filter), { token: adminToken(), method: 'DELETE' }));
      if (filter.json) printJson(answer);
      else print(`ended ${answer.count}`);
      noteMissing(answer.missing_instances);
      if (answer.count === 0) throw new Failure('no such session is open');
    });
}

function withFilter(command: Command): Command {
  return command
    .option('--role <role>', `of this role: ${ROLES.join(', ')}`)
    .option('--sub <sub>', 'of this person')
    .option('--session-id <id>', 'this one')
    .option('--json', 'as the gateway answers');
}

function urlOf({ role, sub, sessionId }: Options): string {
  const url = new URL('/v1/sessions', addresses().gatewayUrl);
  for (const [name, value] of Object.entries({ role, sub, session_id: sessionId }))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

function noteMissing(instances: string[]): void {
  if (instances.length > 0) note(`did not answer, and may have more: ${instances.join(', ')}`);
}
