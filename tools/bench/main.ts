import { availableParallelism, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { startServers } from '../stack/servers/servers.ts';
import { bundleServices } from '../stack/service-bundles.ts';
import { benchAttackers } from './attackers/main.ts';
import { benchBooking } from './booking/main.ts';
import { COMPARABLE, compare } from './compare.ts';
import { benchCrowd } from './gateway/crowded.ts';
import { benchGateway } from './gateway/main.ts';
import { benchPositions } from './gateway/positions.ts';
import { benchInstances } from './instances/main.ts';
import { benchLife } from './life/main.ts';
import { writePage } from './page/main.ts';
import { benchStart } from './start/main.ts';
import { runSuite, type Suite, say } from './suite.ts';
import { benchTracking } from './tracking/main.ts';

/*
 * `npm run bench [-- booking|tracking|gateway|crowd|positions|life|instances|attackers|start]`: every figure beside its peer
 * and its limit from the same run, so that the machine cancels out; trust the ratios, not the rates.
 * `npm run bench -- compare <commit> [suite…] [--pairs 9]`: this tree beside an older commit, in turns.
 * `npm run bench -- plot`: docs/performance.md from what both have kept.
 */

const SUITES: Record<string, Suite> = {
  booking: benchBooking,
  tracking: benchTracking,
  gateway: benchGateway,
  crowd: benchCrowd,
  positions: benchPositions,
  life: benchLife,
  instances: benchInstances,
  attackers: benchAttackers,
  start: benchStart,
};
const DEFAULT_PAIRS = 9;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: 'string', default: String(DEFAULT_PAIRS) } },
});
const [commit, wanted] =
  positionals[0] === 'compare' ? [positionals[1], positionals.slice(2)] : [undefined, positionals];
const pairs = Number(values.pairs);
const known = Object.keys(SUITES);
const unknown = wanted.filter((name) => !known.includes(name));
if (positionals[0] === 'plot') writePage();
else if (unknown.length > 0) refuse(`unknown: ${unknown.join(', ')}; there are ${known.join(', ')}`);
else if (positionals[0] === 'compare' && commit === undefined) refuse('compare with which commit?');
else if (!Number.isSafeInteger(pairs) || pairs < 1) refuse('--pairs takes a whole number from 1 on');
else await bench();

async function bench(): Promise<void> {
  say(`${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`);
  await bundleServices(say);
  // Native and durable servers: containers and fsync off would flatter or slow the one side more than the other.
  const servers = await startServers({ kind: 'native', dataDirectory: '.logi/bench', webStomp: true, onProgress: say });
  try {
    if (commit !== undefined) {
      const suites = wanted.length === 0 ? COMPARABLE : wanted;
      await runSuite('compare', () => compare(servers, { commit, suites, pairs }));
      return;
    }
    for (const [name, suite] of Object.entries(SUITES)) {
      if (wanted.length === 0 || wanted.includes(name)) await runSuite(name, () => suite(servers));
    }
  } finally {
    await servers.stop();
  }
}

function refuse(why: string): void {
  say(why);
  process.exitCode = 2;
}
