import { principalId, ROLES, role } from '@logi/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { whenInterrupted } from '../../stack/processes/interrupt.ts';
import { readOptions, refuseUsage } from '../command-line.ts';
import { paint, plain, print } from '../output.ts';
import { addresses, ownToken } from '../stack.ts';
import { renderMessage, renderNotice, type Told } from './render.ts';
import { watchScreen } from './screen.ts';

const person = z.string().transform((text, ctx) => {
  const [, roleName, sub] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  const parsed = z.object({ role, sub: principalId }).safeParse({ role: roleName, sub });
  if (parsed.success) return parsed.data;
  ctx.addIssue(`${text} is not <role>:<sub>, such as user:alice; roles are ${ROLES.join(', ')}`);
  return z.NEVER;
});
type Person = z.infer<typeof person>;

const options = z.object({
  as: z.array(person).default([]),
  types: z.string().optional(),
  v2: z.boolean().default(false),
  json: z.boolean().default(false),
  count: z.coerce.number().int().min(1).optional(),
});

export function watch(): Command {
  return new Command('watch')
    .summary('what somebody is told by the gateway, as it happens')
    .description('Shows what the gateway tells a person, a line each, until Ctrl-C. Several people share one screen.')
    .option('--as <role:sub...>', 'who looks, with a token made here: user:alice, driver:dave, admin:ops')
    .option('--types <a,b>', 'only these types')
    .option('--v2', 'by the protocol logi.v2, which says more')
    .option('--json', 'each message as it came, a line each')
    .option('--count <n>', 'ends after so many messages')
    .addHelpText(
      'after',
      `
Without --as, LOGI_TOKEN says who looks.
  npm run -s logi -- watch --as user:alice --as driver:dave`,
    )
    .action(async (_options, command: Command) => {
      const { as: people, ...rest } = readOptions(command, options);
      const given = process.env['LOGI_TOKEN'];
      if (people.length === 0 && !given) refuseUsage(command, 'who looks? --as user:alice, or a token in LOGI_TOKEN');
      await showAll(people, { ...rest, given });
    });
}

type Options = Omit<z.infer<typeof options>, 'as'> & { given: string | undefined };

async function showAll(people: Person[], { types, v2: isV2, json, count = Infinity, given }: Options): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, whenInterrupted()]);
  process.stdout.on('error', () => over.abort());
  const names = people.length === 0 ? ['LOGI_TOKEN'] : people.map(({ role, sub }) => `${role} ${plain(sub)}`);
  const width = Math.max(...names.map((name) => name.length));
  let seen = 0;
  const show = (name: string) => (message: Told, text: string) => {
    if (signal.aborted) return;
    print(json ? text : renderMessage(paint('bold', name.padEnd(width)), message, new Date()));
    seen += 1;
    if (seen >= count) over.abort();
  };
  const screens = names.map((name, index) => {
    const person = people[index];
    return watchScreen({
      url: `${addresses().gatewayUrl.replace(/^http/, 'ws')}/ws`,
      token: () => (person ? ownToken(person.role, person.sub) : (given ?? '')),
      isV2,
      types,
      onMessage: show(name),
      onNotice: (text) => process.stderr.write(`${renderNotice(name.padEnd(width), text, new Date())}\n`),
      signal,
    });
  });
  try {
    await Promise.all(screens);
  } finally {
    over.abort(); // one that failed ends the others
    await Promise.allSettled(screens);
  }
}
