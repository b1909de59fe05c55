import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { percentile } from '../../testing/percentile.ts';
import { cpuMicros, residentBytes } from '../processes.ts';
import { printTable, type Row, type Suite, say } from '../suite.ts';
import { type Bench, onBench } from './bench.ts';
import { type Contender, OURS, PLAIN, startContender } from './contenders.ts';
import type { CrowdOrder, CrowdQuestion } from './crowd.ts';
import { timedId } from './event-source.ts';

const USERS = 10_000;
/** Each is a process, with its own share of descriptors. */
const CROWDS = 2;
const WARM = { perSecond: 2_000, seconds: 5 };
/** A message to each in five seconds, which two cores bear beside all that makes and takes them; and one each second. */
const LOADS = [
  { perSecond: USERS / 5, seconds: 20 },
  { perSecond: USERS, seconds: 60 },
] as const;
/** Above it the broker does not keep up, and what waits in this process is not the server's delay. */
const MAX_UNCONFIRMED = 5_000;
const TICK_MS = 2;
const ARRIVES_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;

type Load = { perSecond: number; seconds: number };
type Figures = { cpuMicros: number; waits: number[]; bytes: number; perSecond: number };

/** Ten thousand people on one gateway, each of whom is told something now and then; and on the plain loop. */
export const benchCrowd: Suite = (servers) =>
  onBench(servers, async (bench) => {
    const ours = await measureCrowd(bench, OURS);
    const plain = await measureCrowd(bench, PLAIN);
    const rows = LOADS.flatMap((load) => rowsOf(load, { ours: ours.get(load), plain: plain.get(load) }));
    printTable(`${USERS.toLocaleString('en')} sockets`, rows);
  });

function rowsOf(load: Load, { ours, plain }: { ours: Figures | undefined; plain: Figures | undefined }): Row[] {
  if (!ours || !plain) return [];
  const row = (what: string, text: (figures: Figures) => string): Row => ({
    what,
    ours: text(ours),
    peer: `plain ${text(plain)}`,
  });
  const bars = (plot: 'messages' | 'tail', of: (figures: Figures) => number): Pick<Row, 'bars'> => ({
    bars: {
      plot,
      label: `${load.perSecond}/s to ${USERS} sockets`,
      values: { [OURS.name]: of(ours), [PLAIN.name]: of(plain) },
    },
  });
  const p99 = ({ waits }: Figures) => percentile(waits, 0.99);
  const isMet = ours.perSecond >= 0.99 * load.perSecond;
  return [
    {
      ...row(`messages/s of ${load.perSecond} to be told, for ${load.seconds} s`, ({ perSecond }) =>
        perSecond.toFixed(0),
      ),
      bar: `${load.perSecond}`,
      isMet,
    },
    {
      ...row('  CPU of the server per message, µs', (figures) => figures.cpuMicros.toFixed(1)),
      ...bars('messages', (figures) => figures.cpuMicros),
    },
    row('  publish to client, ms p50', ({ waits }) => percentile(waits, 0.5).toFixed(1)),
    // Where the machine ends, what is told waits, and it would be the only thing that is seen in the picture.
    { ...row('  publish to client, ms p99', (figures) => p99(figures).toFixed(1)), ...(isMet && bars('tail', p99)) },
    row('  memory of the server, MB', ({ bytes }) => (bytes / 2 ** 20).toFixed(0)),
  ];
}

async function measureCrowd(bench: Bench, contender: Contender): Promise<Map<Load, Figures>> {
  await bench.purge();
  const server = await startContender(contender, bench.env);
  const users = Array.from({ length: USERS }, (_, n) => `crowd ${n}`);
  const crowds = await Promise.all(
    Array.from({ length: CROWDS }, (_, index) =>
      startCrowd({ port: server.port, secret: bench.secret, users: users.filter((_, n) => n % CROWDS === index) }),
    ),
  );
  let told = 0;
  const tell = async (load: Load) => {
    const count = await publishFor(bench, { ...load, users });
    told += count;
    await arrived(crowds, told);
    return count;
  };
  await tell(WARM);
  const measured = new Map<Load, Figures>();
  for (const load of LOADS) {
    for (const crowd of crowds) await ask(crowd, 'forget');
    const before = await cpuMicros([server.pid]);
    const startedAt = performance.now();
    const count = await tell(load);
    const figures: Figures = {
      perSecond: (count * 1_000) / Math.max(performance.now() - startedAt - LOOK_EVERY_MS, load.seconds * 1_000),
      cpuMicros: ((await cpuMicros([server.pid])) - before) / count,
      bytes: await residentBytes(server.pid),
      waits: (await Promise.all(crowds.map((crowd) => ask<number[]>(crowd, 'waits')))).flat(),
    };
    say(
      `${contender.name}: ${figures.perSecond.toFixed(0)} messages/s, ${figures.cpuMicros.toFixed(1)} µs of CPU each`,
    );
    measured.set(load, figures);
  }
  for (const crowd of crowds) crowd.kill('SIGKILL');
  await server.stop();
  return measured;
}

/** Returns how many it told. */
async function publishFor(
  { source }: Bench,
  { perSecond, seconds, users }: Load & { users: readonly string[] },
): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  for (;;) {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= seconds * 1_000) return count;
    const due = Math.min((elapsedMs * perSecond) / 1_000, count + MAX_UNCONFIRMED - source.unconfirmed);
    for (; count < due; count += 1) source.publish(users[count % users.length] ?? '', timedId(count));
    await setTimeout(TICK_MS);
  }
}

async function startCrowd(order: CrowdOrder): Promise<ChildProcess> {
  const path = fileURLToPath(new URL('crowd.ts', import.meta.url));
  const crowd = fork(path, [JSON.stringify(order)], { execArgv: ['--no-warnings'] });
  await new Promise((resolve, reject) => {
    crowd.once('message', resolve);
    crowd.once('exit', (code) => reject(new Error(`a crowd ended with ${code} before it was connected`)));
  });
  return crowd;
}

async function ask<Answer = number>(crowd: ChildProcess, question: CrowdQuestion): Promise<Answer> {
  const answered = once(crowd, 'message');
  crowd.send(question);
  const [answer] = await answered;
  return answer; // of the kind that crowd.ts sends to this question
}

async function arrived(crowds: readonly ChildProcess[], count: number): Promise<void> {
  const deadline = Date.now() + ARRIVES_WITHIN_MS;
  for (;;) {
    const heard = await Promise.all(crowds.map((crowd) => ask(crowd, 'heard')));
    const all = heard.reduce((sum, each) => sum + each, 0);
    if (all >= count) return;
    if (Date.now() > deadline) throw new Error(`${all} of ${count} messages arrived`);
    await setTimeout(LOOK_EVERY_MS);
  }
}
