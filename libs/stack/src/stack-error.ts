/** A failure that the user can mend: the command line prints its message and no stack trace. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
