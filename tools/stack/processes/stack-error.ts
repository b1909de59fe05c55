/** A failure that the user can mend: the command line prints its message and no stack trace. */
export class StackError extends Error {
  override readonly name = 'StackError';
}

/** Whether this is Node's error with that code, `ENOENT` for example. No `instanceof`: jest's `Error` is not Node's. */
export function hasCode(err: unknown, code: string): boolean {
  return typeof err === 'object' && err !== null && 'code' in err && err.code === code;
}
