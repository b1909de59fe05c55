import { principalId } from '@logi/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { consoleLink } from '../stack/console.ts';
import { findSigner, ownName } from '../stack/signer.ts';
import { readOptions } from './command-line.ts';
import { print, printJson } from './output.ts';
import { addresses, ROOT } from './stack.ts';

const options = z.object({ as: principalId.optional(), json: z.boolean().default(false) });

export function consoleCommand(): Command {
  return new Command('console')
    .summary('a link that signs you in to the console, in a browser')
    .description('Prints a link to the console. It is good once, for five minutes, and signs in for an hour.')
    .option('--as <sub>', 'who signs in, for the audit (user@host)')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
The secret is found as for \`token\`. Under Compose: docker compose run --rm link
Where tokens are signed by somebody else there are no links: open the console, and paste an admin's token.`,
    )
    .action((_options, command: Command) => {
      const { as: sub = ownName(), json } = readOptions(command, options);
      const { secret } = findSigner(ROOT, process.env);
      const link = consoleLink(addresses().operationsUrl, { secret, sub });
      if (json) printJson({ link, sub });
      else print(link);
    });
}
