import { Command } from 'commander';
import { z } from 'zod';
import { whenInterrupted } from '../../stack/processes/interrupt.ts';
import { readOptions, refuseUsage } from '../command-line.ts';
import { STATUS } from '../ending.ts';
import { note, paint, plain, print, printJson, table } from '../output.ts';
import { CASES } from './cases/index.ts';
import { type Result, runCases } from './run.ts';

const MAX_JOBS = 32;

const options = z.object({
  list: z.boolean().default(false),
  only: z.array(z.string()).default([]),
  json: z.boolean().default(false),
  jobs: z.coerce.number().int().min(1).max(MAX_JOBS).default(4),
  port: z.coerce.number().int().min(0).max(65_535).default(0),
});

export function conformance(): Command {
  return new Command('conformance')
    .summary('whether a client, in any language, does what the protocol asks of it')
    .description(
      'Plays the gateway, and tracking’s stream, to a client: every message, close code, resume and misuse. Says what it did wrong.',
    )
    .argument('[command...]', 'what starts the client, after --; anew for each case')
    .option('--list', 'the cases, and what each asks for; runs none')
    .option('--only <name...>', 'only these cases; v2.close-* stands for all that begin so')
    .option('--json', 'the results as JSON')
    .option('--jobs <n>', 'cases at a time (default 4)')
    .option('--port <n>', 'where to listen; without a command one port serves all cases, one after the other')
    .addHelpText(
      'after',
      `
The client gets LOGI_URL, LOGI_TOKEN, LOGI_TOKEN_URL and LOGI_KIND, and prints a line of JSON for each message that it
delivers: {"delivered": …}. docs/conformance.md has all of it.
  npm run logi -- conformance -- python3 my_client.py
  npm run logi -- conformance --only 'v2.close-*' -- ./my-client`,
    )
    .action(async (argument: string[], _options, command: Command) => {
      const { list, only, json, jobs, port } = readOptions(command, options);
      const cases = CASES.filter(({ name }) => only.length === 0 || only.some((pattern) => fits(name, pattern)));
      if (cases.length === 0) refuseUsage(command, `no case is named ${only.join(', ')}; --list has them all`);
      if (list) {
        if (json) printJson(cases.map(({ name, about }) => ({ name, about })));
        else print(table(cases.map(({ name, about }) => [name, about])));
        return;
      }
      const isManual = argument.length === 0;
      const results = await runCases(cases, {
        command: argument,
        port,
        jobs: isManual || port !== 0 ? 1 : jobs,
        onStart: ({ name, about }, { url, httpUrl, token }) => {
          if (!isManual) return;
          note(
            `${name}: ${about}\n  start the client with ${url}\n  token ${token}, others at ${httpUrl}/token; it reports to ${httpUrl}/report`,
          );
        },
        onResult: (result) => {
          if (!json) print(renderResult(result));
        },
        signal: whenInterrupted(),
      });
      if (json) printJson(results);
      else print(summary(results));
      if (results.length < cases.length || results.some(({ is }) => is === 'failed')) process.exitCode = STATUS.notGood;
    });
}

function fits(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

const SIGNS = { passed: paint('green', 'ok'), failed: paint('red', 'NOT OK'), unsupported: paint('dim', 'left out') };

function renderResult({ name, about, is, faults, errors }: Result): string {
  const lines = faults.map((fault) => `    ${plain(fault)}`);
  const said =
    errors === undefined ? [] : [paint('dim', `    it wrote: ${plain(errors.trim().split('\n').at(-1) ?? '')}`)];
  return [`${SIGNS[is]} ${name}: ${about}`, ...lines, ...said].join('\n');
}

function summary(results: readonly Result[]): string {
  const count = (is: Result['is']) => results.filter((result) => result.is === is).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('unsupported')} left out`;
}
