import { type Command, CommanderError } from 'commander';
import type { z } from 'zod';
import { STATUS, STATUS_HELP, sentence } from './ending.ts';

/** Runs the command that the arguments name, and sets this process's exit status. */
export async function runCommandLine(program: Command, args: string[]): Promise<void> {
  // Whoever read our output may be gone before us, as `head` is.
  process.stdout.on('error', () => undefined);
  prepare(program);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (err) {
    process.exitCode = statusOf(err);
    if (!(err instanceof CommanderError)) process.stderr.write(`${sentence(err)}\n`);
  }
}

/** What the options say, or an end with status 2 that names each that is wrong. */
export function readOptions<Options>(command: Command, schema: z.ZodType<Options>): Options {
  const parsed = schema.safeParse(command.opts());
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `--${kebab(path.join('.'))}: ${message}`);
  return refuseUsage(command, problems.join('\n'));
}

/** The one argument, likewise. */
export function readArgument<Value>(command: Command, name: string, schema: z.ZodType<Value>): Value {
  const index = command.registeredArguments.findIndex((argument) => argument.name() === name);
  const parsed = schema.safeParse(command.args[index]);
  if (parsed.success) return parsed.data;
  return refuseUsage(command, `<${name}>: ${parsed.error.issues[0]?.message}`);
}

export function refuseUsage(command: Command, problem: string): never {
  return command.error(`error: ${problem}`, { exitCode: STATUS.usage });
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

function prepare(command: Command): void {
  command.exitOverride().showHelpAfterError();
  if (command.commands.length === 0) command.addHelpText('after', `\n${STATUS_HELP}`);
  for (const each of command.commands) prepare(each);
}

function statusOf(err: unknown): number {
  if (!(err instanceof CommanderError)) return STATUS.failed;
  return err.exitCode === 0 ? STATUS.done : STATUS.usage;
}
