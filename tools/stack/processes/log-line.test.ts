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
