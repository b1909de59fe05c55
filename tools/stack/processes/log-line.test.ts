import { expect, test } from '@jest/globals';
import { formatLogLine } from './log-line.ts';

test('a JSON log line becomes time, level, message and fields', () => {
  const line =
    '{"level":"info","time":"2026-01-02T03:04:05.678Z","service":"gateway","port":8080,"why":"a b","msg":"listening"}';
  expect(formatLogLine(line)).toBe('03:04:05.678 INFO  listening port=8080 why="a b"');
});

test("an error's stack follows on lines of its own", () => {
  const err = { type: 'Error', message: 'no', stack: 'Error: no\n    at here' };
  const line = JSON.stringify({ level: 'error', time: '2026-01-02T03:04:05.678Z', msg: 'failed', err });
  expect(formatLogLine(line)).toBe('03:04:05.678 ERROR failed \n  Error: no\n      at here');
});

test.each(['plain words', '{"half', '{"level":30}', 'null'])('%s stays as it is', (line) => {
  expect(formatLogLine(line)).toBe(line);
});

const CLEARS_THE_SCREEN = '\x1b[2J';
test.each([
  ['in a field', JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05Z', msg: 'x', id: CLEARS_THE_SCREEN })],
  ['in a message', JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05Z', msg: CLEARS_THE_SCREEN })],
  ['in an error', JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05Z', err: { message: CLEARS_THE_SCREEN } })],
  ['in a line that is no JSON', CLEARS_THE_SCREEN],
])('what steers a terminal, %s, is shown and not obeyed', (_name, line) => {
  expect(formatLogLine(line)).toContain('\\u001b[2J');
  expect(formatLogLine(line)).not.toContain('\x1b');
});
