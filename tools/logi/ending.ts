/** How a command ends, as a script sees it. */
export const STATUS = {
  done: 0,
  /** It could not be done; standard error says why. */
  failed: 1,
  /** The command line is wrong, and nothing was begun. */
  usage: 2,
  /** It was checked, and is not good. */
  notGood: 3,
} as const;

export const STATUS_HELP = `Exit status:
  0  done; checked and good
  1  it could not be done: standard error says why
  2  the command line is wrong
  3  checked, and not good (check-token, check-config, conformance, broker)`;

/** An end that was to be expected: its message is all there is to say. */
export class Failure extends Error {}

/** What went wrong, in one sentence. */
export function sentence(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  // A host name that stands for several addresses fails with an AggregateError, which has a code and no message.
  const cause = err.cause instanceof Error ? `: ${sentence(err.cause)}` : '';
  return `${err.message || ('code' in err ? err.code : err.name)}${cause}`;
}
