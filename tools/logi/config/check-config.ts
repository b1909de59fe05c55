import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { SERVICES, type ServiceName } from '@logi/contracts';
import { Argument, Command } from 'commander';
import { z } from 'zod';
import { findRunningStack } from '../../stack/run-file.ts';
import { readOptions } from '../command-line.ts';
import { Failure, STATUS, sentence } from '../ending.ts';
import { paint, plain, print, printJson, table } from '../output.ts';
import { addresses, ROOT } from '../stack.ts';
import type { Finding } from './finding.ts';
import { checkBroker, checkDatabase, checkJwks, checkService } from './reach.ts';
import { checkSettings, type Environment } from './settings.ts';

const options = z.object({ envFile: z.string().optional(), json: z.boolean().default(false) });
const MARKS = { good: paint('green', 'good'), odd: paint('yellow', 'odd '), bad: paint('red', 'BAD ') };

export function checkConfig(): Command {
  return new Command('check-config')
    .summary('settings, keys, origins, and what they lead to')
    .description(
      'Says what the services would say of these settings at their start, and whether what they name answers. Changes nothing.',
    )
    .addArgument(new Argument('[services...]', 'whose settings').choices(SERVICES))
    .option('--env-file <path>', 'settings from a file such as .env; the environment wins')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Where a stack runs from this clone, its servers and services are asked, too.
Under Compose, a container knows its own: docker compose exec booking node tools/logi/main.ts check-config booking`,
    )
    .action(async (given: ServiceName[], _options, command: Command) => {
      const { envFile, json } = readOptions(command, options);
      const env = { ...(envFile === undefined ? {} : readEnvFile(envFile)), ...process.env };
      const findings = [...checkSettings(env, given.length > 0 ? given : SERVICES), ...(await reach(env))];
      process.exitCode = findings.some(({ level }) => level === 'bad') ? STATUS.notGood : STATUS.done;
      if (json) return printJson({ findings });
      print(table(findings.map(({ level, about, text }) => [MARKS[level], about, plain(text)])));
    });
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (err) {
    throw new Failure(`--env-file: ${sentence(err)}`);
  }
}

async function reach(env: Environment): Promise<Finding[]> {
  const running = findRunningStack(ROOT);
  const databaseUrl = env['DATABASE_URL'] || running?.databaseUrl;
  const amqpUrl = env['AMQP_URL'] || running?.amqpUrl;
  const jwksUrl = env['JWT_JWKS_URL'];
  const { bookingUrl, trackingUrl, gatewayUrl, operationsUrl } = addresses();
  const services = { booking: bookingUrl, tracking: trackingUrl, gateway: gatewayUrl, operations: operationsUrl };
  const findings = await Promise.all([
    ...(databaseUrl ? [checkDatabase(databaseUrl)] : []),
    ...(amqpUrl ? [checkBroker(amqpUrl)] : []),
    ...(jwksUrl ? [checkJwks(jwksUrl)] : []),
    ...(running ? Object.entries(services).map(([name, url]) => checkService(name, url)) : []),
  ]);
  return findings.flat();
}
