import { expect, test } from '@jest/globals';
import { endingsOf, type Happening, type ProcessEvent, problemsOf } from './process-record.ts';

const KILLED = ended('killed by SIGKILL');

function ended(exit: string, said: string[] = []): Happening {
  return { is: 'ended', exit, said };
}

function killedBy(fault: string): Happening {
  return { is: 'signalled', signal: 'SIGKILL', by: fault };
}

/** One thing after the other, all of one instance. */
function record(...happenings: Happening[]): ProcessEvent[] {
  return happenings.map((happening, at) => ({ at, instance: 'booking-a', ...happening }));
}

const STARTED = { is: 'started' } as const;
const READY = { is: 'ready' } as const;
const PORT_TAKEN = '{"level":"fatal","err":{"message":"listen EADDRINUSE 127.0.0.1:8081"},"msg":"cannot start"}';

test('a process that was alive, was sent SIGKILL and ended by it is a kill of the fault that sent it', () => {
  const events = record(STARTED, READY, killedBy('F02'), KILLED, STARTED, killedBy('F24'), KILLED);
  expect(endingsOf(events)).toEqual({ kills: { F02: 1, F24: 1 }, failedStarts: [], deaths: [] });
});

test('a process that kills itself at a failpoint is a kill of the fault that armed it', () => {
  const events = record({ ...STARTED, killsItselfFor: 'F01' }, READY, KILLED, STARTED, READY);
  expect(endingsOf(events)).toEqual({ kills: { F01: 1 }, failedStarts: [], deaths: [] });
});

test('a start that fails is no kill, and the run says what the process said', () => {
  const fails = [STARTED, ended('exit code 1', ['{"level":"info"}', PORT_TAKEN, 'Bye'])];
  const endings = endingsOf(record(STARTED, READY, killedBy('F02'), KILLED, ...fails, ...fails));
  expect(endings.kills).toEqual({ F02: 1 });
  expect(endings.failedStarts).toHaveLength(2);
  expect(problemsOf(endings, { F02: 1 })).toEqual([
    '2 failed starts of booking-a: exit code 1: cannot start: listen EADDRINUSE 127.0.0.1:8081',
  ]);
});

test('a signal to a process that has ended is no kill', () => {
  const events = record(STARTED, READY, killedBy('F02'), KILLED, killedBy('F02'), killedBy('F02'));
  expect(endingsOf(events).kills).toEqual({ F02: 1 });
});

test('a process that was asked to stop and did is neither a kill nor a death', () => {
  const stopped: Happening = { is: 'signalled', signal: 'SIGTERM', by: 'F15' };
  expect(endingsOf(record(STARTED, READY, stopped, ended('exit code 0')))).toEqual({
    kills: {},
    failedStarts: [],
    deaths: [],
  });
});

test.each(['killed by SIGKILL', 'exit code 0', 'exit code 1'])(
  'a process that nobody ended is a death (%s)',
  (exit) => {
    const endings = endingsOf(record(STARTED, READY, ended(exit)));
    expect(endings).toEqual({ kills: {}, failedStarts: [], deaths: [{ instance: 'booking-a', exit, said: [] }] });
    expect(problemsOf(endings, {})).toEqual([`1 deaths of booking-a: ${exit}: it said nothing`]);
  },
);

test('kills that a fault claims, and that no process has died of, are a problem', () => {
  const endings = endingsOf(record(STARTED, READY, killedBy('F02'), KILLED));
  expect(problemsOf(endings, { F02: 1 })).toEqual([]);
  expect(problemsOf(endings, { F02: 2 })).toEqual(['F02 claims 2 kills, and 1 processes ended by it']);
  expect(problemsOf(endings, {})).toEqual(['F02 claims 0 kills, and 1 processes ended by it']);
});
