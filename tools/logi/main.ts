import { readSecretFiles } from '@logi/service/settings/secret-files';
import { Command } from 'commander';
import { runCommandLine } from './command-line.ts';
import { loadCommands } from './commands.ts';
import { STATUS_HELP } from './ending.ts';

/*
 * `npm run logi -- <command>`: what people run beside a stack, in the clone or, by `node tools/logi/main.ts`, in a container.
 */

// In a container, secrets are in files; the commands find them as if they had been set.
const { env, problems } = readSecretFiles(process.env);
Object.assign(process.env, env);
for (const { setting, message } of problems) process.stderr.write(`${setting}: ${message}\n`);

const program = new Command(
  process.env['npm_lifecycle_event'] === 'logi' ? 'npm run logi --' : 'node tools/logi/main.ts',
);
program
  .description('Looks after a Logi that runs: from this clone, under Compose, or wherever the environment says.')
  .addHelpText(
    'after',
    `
Which stack: GATEWAY_URL, BOOKING_URL, TRACKING_URL and JWT_SECRET; without them, the one that runs from this clone;
without one, localhost and what Compose reads from .env. The commands that act as an admin make a token with
that secret, or take the one in LOGI_TOKEN.

${STATUS_HELP}`,
  );
const args = process.argv.slice(2);
for (const command of await loadCommands(args[0])) program.addCommand(command);
await runCommandLine(program, args);
