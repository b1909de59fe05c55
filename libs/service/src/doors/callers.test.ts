import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { DomainError } from '@logi/contracts';
import { Registry } from 'prom-client';
import { Allowance } from './allowance.ts';
import { Callers } from './callers.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function refuser() {
  const rates = { refusals: { perSecond: 2, burst: 2 } };
  const allowance = new Allowance(rates, { registry: new Registry() });
  const callers = new Callers({ allowance, trust: { proxyHops: 0, forwardingKey: undefined } });
  return (error: DomainError, address = '10.0.0.1') => {
    const request = new IncomingMessage(new Socket());
    Object.defineProperty(request.socket, 'remoteAddress', { value: address });
    const answer = { isTold: false };
    callers.inTime(request, error, () => {
      answer.isTold = true;
    });
    return answer;
  };
}

test('who goes on although they are told to wait is told so late, and nobody else is', () => {
  const refuse = refuser();
  const tooMany = new DomainError('rate_limited');
  const [first, second, third] = [refuse(tooMany), refuse(tooMany), refuse(tooMany)];
  expect([first, second, third].map(({ isTold }) => isTold)).toEqual([true, true, false]);
  expect(refuse(tooMany, '10.0.0.2').isTold).toBe(true);
  expect(refuse(new DomainError('not_found')).isTold).toBe(true);
  jest.advanceTimersByTime(1_000);
  expect(third.isTold).toBe(true);
  expect(refuse(tooMany).isTold).toBe(true); // they have waited
});
