import { availableParallelism, totalmem } from 'node:os';
import { startServers } from '../stack/servers/servers.ts';
import { benchBooking } from './booking/main.ts';
import { benchGateway } from './gateway/main.ts';
import { type Suite, say } from './suite.ts';
import { benchTracking } from './tracking/main.ts';

/*
 * `npm run bench [-- booking|tracking|gateway]`. Every figure stands beside its peer and its limit from the same run, so
 * that the machine cancels out; trust the ratios, not the rates.
 */

const SUITES: Record<string, Suite> = { booking: benchBooking, tracking: benchTracking, gateway: benchGateway };

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const unknown = wanted.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0) {
  say(`unknown: ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exitCode = 2;
} else {
  say(`${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`);
  // Native and durable servers: containers and fsync off would flatter or slow the one side more than the other.
  const servers = await startServers({ kind: 'native', dataDirectory: '.logi/bench', webStomp: true, onProgress: say });
  try {
    for (const [name, suite] of Object.entries(SUITES)) {
      if (wanted.length === 0 || wanted.includes(name)) await suite(servers);
    }
  } finally {
    await servers.stop();
  }
}
