import { percentile } from '../../testing/percentile.ts';
import { asFastAsPossible, atRate, type Measured } from '../load.ts';
import { onNewGround, THIS } from '../pairs/side.ts';
import { byProcess, type CpuTimes, describeCpu } from '../processes.ts';
import { printTable, type Row, type Suite } from '../suite.ts';
import { type Calls, IN_PARALLEL, onBooking } from './calls.ts';
import { measureStats, measureTicks, PAST_BOOKINGS } from './grown.ts';
import { nearestFirst, ours, simulateMatching } from './matching.ts';
import { bareAccept, PAST_DAYS, prepareOffers } from './tables.ts';

const ACCEPTS = 4_000;
const CREATES = 2_000;
const RATE_PER_SECOND = 500;
const RATED_ACCEPTS = 5_000;
const BARE_SHARE_BAR = 0.5;
const P99_BAR_MS = 25;
const CITY_SEEDS = [1, 2, 3, 4, 5];

export const benchBooking: Suite = async (servers) => {
  await onNewGround(servers, THIS, (ground) =>
    onBooking(ground, async (calls) => {
      printTable(`booking, ${IN_PARALLEL} calls at a time`, await callRows(calls));
      printTable('the dispatcher’s tick with so many bookings waiting for their time', await measureTicks(calls.db));
    }),
  );
  // On a ground of its own: the hour that lasts is looked through, and no hour has a hundred thousand that wait.
  await onNewGround(servers, THIS, (ground) =>
    onBooking(ground, async (calls) => {
      printTable(`GET /v1/admin/stats over ${PAST_BOOKINGS} bookings of ${PAST_DAYS} days`, await measureStats(calls));
    }),
  );
  printTable('whom to ask first, in a simulated city', compareMatching());
};

async function callRows({ db, accepts, creates, estimates, measure }: Calls): Promise<Row[]> {
  const bareRate = async () => {
    const tasks = (await prepareOffers(db, ACCEPTS)).map((offer) => () => bareAccept(db, offer));
    return (await asFastAsPossible(tasks, IN_PARALLEL)).perSecond;
  };
  const estimate = await measure(estimates(CREATES));
  const bare = await bareRate();
  const accept = await measure(await accepts(ACCEPTS));
  const barePerSecond = (bare + (await bareRate())) / 2;
  const rated = await atRate(await accepts(RATED_ACCEPTS), RATE_PER_SECOND);
  const create = await measure(creates(CREATES));

  const share = accept.perSecond / barePerSecond;
  const p99 = percentile(rated.latenciesMs, 0.99);
  return [
    { what: 'accept, HTTP to commit', ours: rate(accept), peer: `bare SQL ${Math.round(barePerSecond)}/s` },
    {
      what: '  share of bare SQL',
      ours: share.toFixed(2),
      bar: `>= ${BARE_SHARE_BAR}`,
      isMet: share >= BARE_SHARE_BAR,
    },
    {
      what: `  p99 at ${RATE_PER_SECOND}/s`,
      ours: `${p99.toFixed(1)} ms`,
      bar: `< ${P99_BAR_MS} ms`,
      isMet: p99 < P99_BAR_MS,
    },
    { what: `  p50 at ${RATE_PER_SECOND}/s`, ours: `${percentile(rated.latenciesMs, 0.5).toFixed(1)} ms` },
    cpuRow('accept', accept),
    { what: 'create', ours: rate(create) },
    cpuRow('create', create),
    { what: 'estimate, quote kept', ours: rate(estimate) },
    cpuRow('estimate', estimate),
  ];
}

function cpuRow(label: string, { cpu }: { cpu: CpuTimes }): Row {
  return { what: '  CPU µs each', ours: describeCpu(cpu), bars: { plot: 'calls', label, values: byProcess(cpu) } };
}

function compareMatching(): Row[] {
  const mean = (pick: (outcome: ReturnType<typeof simulateMatching>) => number, ranking: typeof ours) =>
    CITY_SEEDS.reduce((sum, seed) => sum + pick(simulateMatching(ranking, seed)), 0) / CITY_SEEDS.length;
  const compare = (
    what: string,
    pick: (outcome: ReturnType<typeof simulateMatching>) => number,
    digits: number,
  ): Row => ({
    what,
    ours: mean(pick, ours).toFixed(digits),
    peer: `nearest first ${mean(pick, nearestFirst).toFixed(digits)}`,
  });
  return [
    compare('mean seconds from booking to pickup', (outcome) => outcome.meanPickupSeconds, 1),
    compare('share of bookings that nobody served', (outcome) => outcome.unservedShare, 4),
    compare('inequality of offers among drivers (Gini)', (outcome) => outcome.gini, 3),
  ];
}

function rate({ perSecond, latenciesMs }: Measured): string {
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(latenciesMs, share).toFixed(1));
  return `${Math.round(perSecond)}/s, p50 ${p50} ms, p99 ${p99} ms`;
}
