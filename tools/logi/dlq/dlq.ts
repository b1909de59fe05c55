import { SUBSCRIPTIONS } from '@logi/contracts';
import { Command } from 'commander';
import { refuseUsage } from '../command-line.ts';
import { discard, list, replay, show } from './decide.ts';
import { withLetters } from './letters.ts';
import { readLetterOptions, withDecision, withFilters } from './options.ts';

export function dlq(): Command {
  return new Command('dlq')
    .summary('what could not be handled, and what to do with it')
    .description(
      'Dead letters: messages that could not be handled. Every command first moves those that lie in the dead queues of the ' +
        'broker to the table operations.dead_letter, says so, and works on that.',
    )
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(replayCommand())
    .addCommand(discardCommand())
    .addHelpText(
      'after',
      `
Servers: DATABASE_URL and AMQP_URL, of an administrator; without them, those of the stack that runs here.
With Compose: docker compose run --rm migrate node tools/logi/main.ts dlq list`,
    );
}

function listCommand(): Command {
  return withFilters(new Command('list'))
    .description('What could not be handled and waits for a decision.')
    .option('--decided', 'what was decided, by whom')
    .option('--json', 'for programs')
    .action((_options, command: Command) => {
      const options = readLetterOptions(command);
      return withLetters((letters) => list(letters, options));
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('Its headers and body.')
    .argument('<message-id>')
    .option('--json', 'for programs')
    .action((messageId: string, _options, command: Command) => {
      const options = readLetterOptions(command);
      return withLetters((letters) => show(letters, { ...options, messageId }));
    });
}

function replayCommand(): Command {
  return withDecision(new Command('replay'))
    .description('Sends them back to their queues, with their attempts before them.')
    .option('--json', 'for programs')
    .action((_options, command: Command) => {
      const options = readLetterOptions(command);
      const { queue } = options.filter;
      if (queue !== undefined && !Object.hasOwn(SUBSCRIPTIONS, queue))
        refuseUsage(command, `${queue} is a stream and has its messages still: there is nowhere to replay them to`);
      return withLetters((letters) => replay(letters, options));
    });
}

function discardCommand(): Command {
  return withDecision(new Command('discard'))
    .description('Takes them out of the way; they stay in the audit.')
    .option('--yes', 'really all of them, without a filter')
    .option('--json', 'for programs')
    .action((_options, command: Command) => {
      const options = readLetterOptions(command);
      if (!options.isFiltered && !options.yes && !options.dryRun)
        refuseUsage(command, 'discard needs a filter, or --yes for everything');
      return withLetters((letters) => discard(letters, options));
    });
}
