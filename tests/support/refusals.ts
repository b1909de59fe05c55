import { expect } from '@jest/globals';
import { ERROR_CODES, type ErrorCode } from '@logi/contracts';

type Refusal = { error: { code: ErrorCode; message: string; details?: object; request_id: string } };

/** The documented shape of an error and no more than it: no stack, no path of ours, no text of the database. */
export function expectRefusal(answer: { status: number; body: unknown }, code: ErrorCode): void {
  expect(answer).toMatchObject({ status: ERROR_CODES[code].status, body: { error: { code } } });
  const { error, ...rest } = answer.body as Refusal; // as was just seen
  expect(rest).toEqual({});
  expect(Object.keys(error).filter((key) => key !== 'details')).toEqual(['code', 'message', 'request_id']);
  expect(error.message).toMatch(/^\S.*\S$/);
  expect(JSON.stringify(error)).not.toMatch(/node_modules|\.ts:\d|at [\w.]+ \(|select |insert |relation "/);
}
