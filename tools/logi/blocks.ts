import { principalId, ROLES, type Role, role, timestamp } from '@logi/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { readArgument, readOptions } from './command-line.ts';
import { plain, print, printJson, table } from './output.ts';
import { addresses, adminToken, callStack } from './stack.ts';

const PAGE = '100';

const listOptions = z.object({ json: z.boolean().default(false) });
const terms = listOptions.extend({
  reason: z.string().optional(),
  until: timestamp.optional(),
  tokensIssuedBefore: timestamp.optional(),
});

const page = z.object({
  items: z.array(
    z.looseObject({
      role: z.string(),
      sub: z.string(),
      reason: z.string().nullable(),
      until: z.string().nullable(),
      tokens_issued_before: z.string().nullable(),
      blocked_by: z.string(),
      blocked_at: z.string(),
    }),
  ),
  next_cursor: z.string().nullable(),
});
type Item = z.infer<typeof page>['items'][number];

export function blocks(): Command {
  return new Command('blocks')
    .summary('who is put out, and puts out or lets in again')
    .description('Whom an operator has blocked: nothing that they ask is done, and what they have open is ended.')
    .addCommand(list(), { isDefault: true })
    .addCommand(add())
    .addCommand(lift());
}

function list(): Command {
  return new Command('list')
    .description('Lists the blocks that hold, newest first.')
    .option('--json', 'as booking answers')
    .action(async (_options, command: Command) => {
      const { json } = readOptions(command, listOptions);
      const items = await listAll();
      if (json) return printJson({ items });
      const rows = items.map((item) => [
        item.role,
        plain(item.sub),
        item.tokens_issued_before === null ? 'whole' : `tokens before ${item.tokens_issued_before}`,
        item.until ?? 'lifted',
        item.blocked_at,
        plain(item.blocked_by),
        plain(item.reason ?? ''),
      ]);
      const heads = ['role', 'sub', 'refused', 'until', 'since', 'by', 'reason'];
      print(rows.length === 0 ? 'nobody is blocked' : table([heads, ...rows]));
    });
}

function add(): Command {
  return withPrincipal(new Command('add'))
    .description('Blocks somebody, in place of a block that there is.')
    .option('--reason <text>', 'why, for other operators')
    .option('--until <time>', 'when it ends by itself, as 2030-01-31T12:00:00Z')
    .option('--tokens-issued-before <time>', 'refuses only tokens that are older: whoever signs in again is let in')
    .option('--json', 'as booking answers')
    .action(async (_role, _sub, _options, command: Command) => {
      const { json, reason, until, tokensIssuedBefore } = readOptions(command, terms);
      const body = { reason, until, tokens_issued_before: tokensIssuedBefore };
      const answer = await callStack(urlOf(readPrincipal(command)), { token: adminToken(), method: 'PUT', body });
      if (json) printJson(answer);
      else print('blocked');
    });
}

function lift(): Command {
  return withPrincipal(new Command('lift'))
    .description('Lifts the block of somebody, if there is one.')
    .option('--json', 'as an object')
    .action(async (_role, _sub, _options, command: Command) => {
      const { json } = readOptions(command, listOptions);
      const principal = readPrincipal(command);
      await callStack(urlOf(principal), { token: adminToken(), method: 'DELETE' });
      if (json) printJson({ lifted: principal });
      else print('lifted');
    });
}

async function listAll(): Promise<Item[]> {
  const token = adminToken();
  const items: Item[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = new URLSearchParams({ limit: PAGE, ...(cursor && { cursor }) });
    const answer = page.parse(await callStack(`${addresses().bookingUrl}/v1/blocks?${query}`, { token }));
    items.push(...answer.items);
    cursor = answer.next_cursor;
  }
  return items;
}

function withPrincipal(command: Command): Command {
  return command.argument('<role>', ROLES.join(', ')).argument('<sub>', 'the id in their tokens');
}

function readPrincipal(command: Command): { role: Role; sub: string } {
  return { role: readArgument(command, 'role', role), sub: readArgument(command, 'sub', principalId) };
}

function urlOf(principal: { role: Role; sub: string }): string {
  return `${addresses().bookingUrl}/v1/blocks?${new URLSearchParams(principal)}`;
}
