import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { PROTOCOL_V2, ROLES, type Role, type V2Envelope } from '@logi/contracts';
import { WebSocket } from 'ws';
import { type NativeServers, startNativeServers } from '../../tools/stack/servers/servers.ts';
import { createRandom } from '../../tools/testing/random.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { startLine } from '../support/line.ts';
import { inTwoSizes } from '../support/long.ts';
import {
  connectV2,
  type GatewayProcess,
  makeBooking,
  type Rig,
  spawnGateway,
  startRig,
} from '../support/services/gateways.ts';

/*
 * An auditor keeps what was published and what each client has read, over disconnects, stalls, killed gateways, broken
 * broker connections and a killed broker at random moments, and compares. AUDIT_FAULTS makes it longer, AUDIT_SEED
 * repeats a run.
 */
const FAULTS = { short: 30, long: Number(process.env['AUDIT_FAULTS'] ?? 120) };
/** The broker is killed once in so many faults: it takes as long to come back as a hundred others. */
const FAULTS_PER_BROKER_KILL = 120;
const SEED = Number(process.env['AUDIT_SEED'] ?? Date.now() % 1_000_000);
const CLIENTS = 24;
const MS_BETWEEN_FAULTS = 60;
const MS_BETWEEN_EVENTS = 4;
const STATUSES = ['In Transit', 'Arrived at Drop-off'] as const;

/** A broker of this file's own: it is killed, and the other files' tests run at the same time. */
let servers: NativeServers;
let rig: Rig;
beforeAll(async () => {
  servers = await startNativeServers({ onProgress: () => undefined });
  closeLater(() => servers.stop());
  rig = await startRig(servers);
  closeLater(() => rig.stop());
}, 60_000);

/** Whole numbers below another; the same seed, the same faults. */
function numbersOf(seed: number): (below: number) => number {
  const { next } = createRandom(String(seed));
  return (below) => Math.floor(next() * below);
}

/** Comes back whenever it is cut off, to any instance, from the last id it has read. */
class AuditedClient {
  readonly read: string[] = [];
  readonly strangers: string[] = [];
  gaps = 0;
  connections = 0;
  #lastId: string | undefined;
  #ws: WebSocket | undefined;
  #isDone = false;
  readonly principal: { role: Role; sub: string };
  readonly #urls: () => string[];

  constructor(principal: { role: Role; sub: string }, urls: () => string[]) {
    this.principal = principal;
    this.#urls = urls;
    closeLater(() => this.#end());
  }

  connect(pick: (below: number) => number): void {
    if (this.#isDone) return;
    const urls = this.#urls();
    const url = urls[pick(urls.length)] ?? '';
    const token = rig.token(this.principal.role, this.principal.sub);
    const place = this.#lastId === undefined ? '' : `&last_id=${this.#lastId}`;
    const ws = new WebSocket(`${url}/ws?token=${token}${place}`, [PROTOCOL_V2]);
    this.#ws = ws;
    ws.on('open', () => {
      this.connections += 1;
    });
    ws.on('message', (data) => {
      if (ws === this.#ws) this.#receive(JSON.parse(data.toString()));
    });
    ws.on('error', () => undefined);
    ws.on('close', () => {
      if (ws === this.#ws) void setTimeout(20).then(() => this.connect(pick));
    });
  }

  get isOpen(): boolean {
    return this.#lastId !== undefined;
  }

  drop(): void {
    this.#ws?.terminate();
  }

  stall(): void {
    const ws = this.#ws;
    if (ws?.readyState !== WebSocket.OPEN) return;
    ws.pause();
    void setTimeout(200).then(() => ws.resume());
  }

  #end(): void {
    this.#isDone = true;
    this.#ws?.terminate();
  }

  #receive({ id, type, user_id, payload }: V2Envelope): void {
    if (id !== undefined) this.#lastId = id;
    if (type === 'resumed' && !payload.recovered) this.gaps += 1;
    if (type !== 'status_update') return;
    this.read.push(`${payload.booking_id} ${payload.version}`);
    if (user_id !== (this.principal.role === 'admin' ? '' : this.principal.sub)) this.strangers.push(user_id);
  }
}

inTwoSizes(`nothing is lost, doubled, reordered or misdelivered over many faults (seed ${SEED})`, FAULTS, {
  run: auditOver,
  timeoutMs: 600_000,
});

async function auditOver(faults: number): Promise<void> {
  const random = numbersOf(SEED);
  const line = await startLine(rig.broker.gatewayUrl);
  const settings = { AMQP_URL: line.url() };
  const gateways: (GatewayProcess | undefined)[] = await Promise.all([
    spawnGateway(rig, settings),
    spawnGateway(rig, settings),
  ]);
  const urls = () => gateways.flatMap((gateway) => (gateway ? [gateway.url] : []));
  const clients = Array.from({ length: CLIENTS }, (_, i) => {
    const role = i === 0 ? 'admin' : i % 2 === 0 ? 'driver' : 'user';
    return new AuditedClient({ role, sub: `person ${i}` }, urls);
  });
  for (const client of clients) client.connect(random);
  await eventually(() => expect(clients.every(({ isOpen }) => isOpen)).toBe(true));

  const published: { key: string; readers: string[] }[] = [];
  let isFaulty = true;
  const publishing = (async () => {
    const bookings = Array.from({ length: CLIENTS }, (_, i) => {
      const [userId, driverId] = [`person ${i % CLIENTS}`, `person ${(i + 1) % CLIENTS}`];
      return {
        booking: makeBooking(rig, { userId, driverId }),
        readers: [`user ${userId}`, `driver ${driverId}`, 'admin person 0'],
      };
    });
    for (let i = 0; isFaulty; i += 1) {
      const { booking, readers } = bookings[i % CLIENTS] ?? bookings[0] ?? { booking: undefined, readers: [] };
      const version = await booking?.become(STATUSES[Math.floor(i / CLIENTS) % 2] ?? 'In Transit');
      published.push({ key: `${booking?.bookingId} ${version}`, readers });
      await setTimeout(MS_BETWEEN_EVENTS);
    }
  })();
  closeLater(() => {
    isFaulty = false;
    return publishing;
  });

  for (let fault = 0; fault < faults; fault += 1) {
    await setTimeout(MS_BETWEEN_FAULTS);
    const [client, kind] = [clients[random(CLIENTS)], random(100)];
    if (fault % FAULTS_PER_BROKER_KILL === FAULTS_PER_BROKER_KILL / 2) await servers.rabbitmq.crash('SIGKILL');
    else if (kind < 70) client?.drop();
    else if (kind < 90) client?.stall();
    else if (kind < 96) line.cut();
    else {
      const index = random(2);
      await gateways[index]?.kill('SIGKILL');
      gateways[index] = undefined;
      gateways[index] = await spawnGateway(rig, settings);
    }
  }
  isFaulty = false;
  await publishing;

  const wanted = (client: AuditedClient) => {
    const reader = `${client.principal.role} ${client.principal.sub}`;
    return published.filter(({ readers }) => readers.includes(reader)).map(({ key }) => key);
  };
  await eventually(() => {
    for (const client of clients) expect(client.read.length).toBeGreaterThanOrEqual(wanted(client).length);
  }, 60_000);
  const connections = clients.reduce((sum, client) => sum + client.connections, 0);
  expect(connections).toBeGreaterThan(CLIENTS + faults / 3);
  for (const client of clients) {
    expect(client.read).toEqual(wanted(client));
    expect(client).toMatchObject({ gaps: 0, strangers: [] });
  }
}

test('whatever role and id a client has or asks for, it reads only what is addressed to it', async () => {
  const gateway = await rig.startGateway();
  const random = numbersOf(SEED);
  const ids = ['a', 'a b', 'user a', 'a.#', '*', '#', 'admins', 'admin', '__proto__', 'ä', ' a'];
  const pick = () => ids[random(ids.length)] ?? 'a';
  const first = await connectV2(gateway, rig.token('user', 'first'));
  const hello = await first.find(({ type }) => type === 'hello');
  const told: { user: string; driver: string; booking: string }[] = [];
  const readers = [];
  for (let round = 0; round < 100; round += 1) {
    if (round % 2 === 0) {
      const [role, sub] = [ROLES[random(ROLES.length)] ?? 'user', pick()];
      const asks = [`&last_id=${hello.id}`, `&last_id=${hello.id}&user_id=${encodeURIComponent(pick())}&role=admin`];
      const [query = ''] = [asks[random(asks.length)]];
      readers.push({ role, sub, socket: await connectV2(gateway, rig.token(role, sub), query) });
    }
    const [user, driver] = [pick(), pick()];
    const booking = makeBooking(rig, { userId: user, driverId: driver });
    await booking.become('Accepted');
    told.push({ user, driver, booking: booking.bookingId });
  }
  for (const { role, sub, socket } of readers) {
    const expected = told
      .filter(({ user, driver }) => role === 'admin' || sub === (role === 'user' ? user : driver))
      .map(({ booking }) => booking);
    const read = () =>
      socket.messages.flatMap(({ type, payload }) =>
        type === 'status_update' && 'booking_id' in payload ? [payload.booking_id] : [],
      );
    await eventually(() => expect(read().length).toBeGreaterThanOrEqual(expected.length));
    expect(read()).toEqual(expected);
    expect(socket.messages.every(({ user_id }) => user_id === '' || user_id === sub)).toBe(true);
  }
});
