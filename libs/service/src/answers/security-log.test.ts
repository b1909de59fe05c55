import { beforeEach, expect, test } from '@jest/globals';
import { DomainError } from '@logi/contracts';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { SecurityLog } from './security-log.ts';

let now: number;
let lines: { address: string; suppressed?: number; msg: string }[];
let registry: Registry;
let security: SecurityLog;
beforeEach(() => {
  now = 0;
  lines = [];
  registry = new Registry();
  const log = pino({}, { write: (line) => lines.push(JSON.parse(line)) });
  security = new SecurityLog({ log, registry, linesPerMinute: 3, now: () => now });
});

function refuse(address: string, times = 1): void {
  for (let i = 0; i < times; i += 1) {
    const error = new DomainError('unauthenticated');
    security.tell({ door: 'http', error, address, method: 'GET', route: '/v1/bookings', requestId: `${i}` });
  }
}

const linesOf = (address: string) => lines.filter((line) => line.address === address);

test('an address gets its lines of a minute, and its next one says how many were left out', async () => {
  refuse('192.0.2.1', 100);
  refuse('192.0.2.2');
  expect(linesOf('192.0.2.1')).toHaveLength(3);
  expect(linesOf('192.0.2.2')).toHaveLength(1);
  now = 60_000;
  refuse('192.0.2.1', 2);
  expect(linesOf('192.0.2.1').map(({ suppressed }) => suppressed)).toEqual([
    ...Array(3).fill(undefined),
    97,
    undefined,
  ]);
  expect(await registry.getSingleMetricAsString('logi_security_refusals_total')).toContain(
    'logi_security_refusals_total{door="http",code="unauthenticated"} 103',
  );
});

test('very many addresses do not fill the log either, and are all counted', async () => {
  for (let i = 0; i < 20_000; i += 1) refuse(`2001:db8::${i.toString(16)}`);
  expect(lines).toHaveLength(300);
  expect(await registry.getSingleMetricAsString('logi_security_refusals_total')).toContain('} 20000');
});
