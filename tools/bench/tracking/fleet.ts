import { signToken } from '@logi/auth';
import { WebSocket } from 'ws';

/** What a process of simulated drivers does; given as JSON in the first argument. */
export type FleetOrder = {
  url: string;
  secret: string;
  /** Drivers `known-<first>` and so on, each with a socket of its own. */
  first: number;
  drivers: number;
  seconds: number;
  /** Frames of so many points. Paced: so many points in a second, from all drivers together; else as fast as acks come. */
  pointsPerFrame: number;
  pointsPerSecond?: number;
};
/** Milliseconds from frame to ack, and the points that were acknowledged. */
export type FleetReport = { accepted: number; ackMs: number[]; closed: number };

const TICK_MS = 10;
const WINDOW_FRAMES = 4;
const CONNECTS_AT_ONCE = 50;
/** Where a backlog begins: old enough for all of it, young enough to be taken. */
const START_MS = Date.now() - 20 * 86_400_000;

const order: FleetOrder = JSON.parse(process.argv[2] ?? '{}');
const report: FleetReport = { accepted: 0, ackMs: [], closed: 0 };
const drivers: Driver[] = [];
let isRunning = false;

type Driver = { ws: WebSocket; index: number; seq: number; sentAt: Map<number, number> };

for (let i = 0; i < order.drivers; i += CONNECTS_AT_ONCE) {
  const batch = Array.from({ length: Math.min(CONNECTS_AT_ONCE, order.drivers - i) }, (_, k) =>
    connect(order.first + i + k),
  );
  drivers.push(...(await Promise.all(batch)));
}
process.send?.('connected');
process.once('message', () => run());

function connect(index: number): Promise<Driver> {
  const token = signToken({ role: 'driver', sub: `known-${index}`, ttlSeconds: 3600, secret: order.secret });
  const ws = new WebSocket(`${order.url}/v1/stream?token=${token}`, { perMessageDeflate: false });
  const driver: Driver = { ws, index, seq: 0, sentAt: new Map() };
  ws.on('message', (data) => onAck(driver, JSON.parse(data.toString()).payload));
  ws.on('close', () => {
    report.closed += 1;
  });
  return new Promise((resolve, reject) => {
    ws.on('open', () => resolve(driver));
    ws.on('error', reject);
  });
}

function run(): void {
  isRunning = true;
  const startedAt = performance.now();
  const { pointsPerSecond, pointsPerFrame, seconds } = order;
  if (pointsPerSecond === undefined) {
    for (const driver of drivers) for (let i = 0; i < WINDOW_FRAMES; i += 1) send(driver);
  } else {
    let sent = 0;
    const timer = setInterval(() => {
      if (!isRunning) return clearInterval(timer);
      const due = ((performance.now() - startedAt) / 1_000) * (pointsPerSecond / pointsPerFrame);
      for (; sent < due; sent += 1) {
        const driver = drivers[sent % drivers.length];
        if (driver) send(driver);
      }
    }, TICK_MS);
  }
  setTimeout(() => {
    isRunning = false;
    process.send?.(report, () => process.exit(0));
  }, seconds * 1_000);
}

/** Everybody drives north at 10 m/s, a point a second of their own clock. */
function send(driver: Driver): void {
  const points: string[] = [];
  for (let i = 0; i < order.pointsPerFrame; i += 1) {
    driver.seq += 1;
    const at = order.pointsPerSecond === undefined ? START_MS + driver.seq * 1_000 : Date.now();
    const latitude = ((driver.index % 1_000) * 0.05 + driver.seq * 0.00009).toFixed(6);
    points.push(
      `{"latitude":${latitude},"longitude":${(driver.index / 1_000).toFixed(6)},"recorded_at":"${new Date(at).toISOString()}","accuracy":5,"speed":10,"heading":0,"seq":${driver.seq}}`,
    );
  }
  driver.sentAt.set(driver.seq, performance.now());
  driver.ws.send(`{"type":"location_update","payload":${points.length === 1 ? points[0] : `[${points.join(',')}]`}}`);
}

function onAck(driver: Driver, ack: { seq: number; accepted: number }): void {
  if (!isRunning) return;
  const sentAt = driver.sentAt.get(ack.seq);
  if (sentAt !== undefined) report.ackMs.push(performance.now() - sentAt);
  driver.sentAt.delete(ack.seq);
  report.accepted += ack.accepted;
  if (order.pointsPerSecond === undefined) send(driver);
}
