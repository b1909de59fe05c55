import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { findPorts } from '../../tools/stack/processes/ports.ts';
import { TreeCopy } from '../../tools/testing/tree-copy.ts';
import { closeLater } from '../support/cleanup.ts';
import { call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { createTestServers } from '../support/servers.ts';
import { Terminal } from '../support/terminal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEST_LIMIT_MS = 200_000;

long(
  'under `npm run dev` a service starts again when its source changes, also after a mistake, and the others go on',
  async () => {
    const copy = await TreeCopy.make(ROOT);
    closeLater(() => copy.discard());
    chmodSync(copy.directory, 0o755);
    const { databaseUrl, amqpUrl, discard } = await createTestServers();
    closeLater(discard);
    const ports = await findPorts({ GATEWAY_PORT: [], BOOKING_PORT: [], TRACKING_PORT: [] });
    const asText = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
    const { PATH, HOME } = process.env;
    const terminal = new Terminal(copy.directory, {
      PATH,
      HOME,
      DATABASE_URL: databaseUrl,
      AMQP_URL: amqpUrl,
      ...asText,
    });
    terminal.begin('npm run dev');
    await terminal.shows('Ctrl-C stops everything.');
    const listens = (service: string) => new RegExp(`^${service} .*${service} listens`, 'gm');
    const starts = (service: string) => terminal.output.match(listens(service))?.length;

    const undo = await copy.edit('libs/contracts/src/roles.ts', [['export type Role =', 'export type Role ==']]);
    await terminal.shows('Failed running', 3);
    await undo();
    for (const service of ['gateway', 'booking', 'tracking']) await terminal.shows(listens(service), 2);

    await copy.edit('services/booking/src/routes/get-booking.ts', [['/v1/bookings/', '/v2/bookings/']]);
    await terminal.shows(listens('booking'), 3);
    expect([starts('gateway'), starts('tracking')]).toEqual([2, 2]);
    const { body } = await call('GET', `http://localhost:${ports.BOOKING_PORT}/openapi.json`);
    expect(Object.keys(body.paths)).toContain('/v2/bookings/{booking_id}');
    expect(await terminal.ctrlC()).toBe(0);
  },
  TEST_LIMIT_MS,
);
