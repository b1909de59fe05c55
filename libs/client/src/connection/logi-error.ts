/** Why a line is not there. `code` is stable: a close code of the gateway, a code of its HTTP errors, or one of ours. */
export class LogiError extends Error {
  override readonly name = 'LogiError';
  readonly code: number | string;

  constructor(code: number | string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
