import { hostsOf, serversIn } from '@logi/contracts';
import { reachBroker } from '@logi/messaging';
import { reachDatabase } from '@logi/persistence';
import { z } from 'zod';
import { sentence } from '../ending.ts';
import { bad, type Finding, good, odd } from './finding.ts';

const FETCH_TIMEOUT_MS = 5_000;
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), use: z.string().optional() })) });

export async function checkDatabase(url: string): Promise<Finding> {
  const about = `database ${hostsOf(url)}`;
  try {
    const { version, postgis, hasTables, risk } = await reachDatabase(url);
    if (postgis === null) return odd(about, `PostgreSQL ${version} answers, without PostGIS as yet: run migrate`);
    if (!hasTables) return odd(about, `PostgreSQL ${version} answers, and has no tables of Logi as yet: run migrate`);
    if (risk !== undefined) return odd(about, risk);
    return good(about, `PostgreSQL ${version} with PostGIS ${postgis}`);
  } catch (err) {
    return bad(about, `cannot be used: ${sentence(err)}`);
  }
}

/** Each node: one that is away is no outage, and nobody would notice it by using the others. */
export function checkBroker(url: string): Promise<Finding[]> {
  return Promise.all(
    serversIn(url).map((node) => {
      const about = `broker ${hostsOf(node)}`;
      return reachBroker(node).then(
        () => good(about, 'answers, and lets us in'),
        (err) => bad(about, `cannot be used: ${sentence(err)}`),
      );
    }),
  );
}

export async function checkJwks(url: string): Promise<Finding> {
  const about = `keys ${url}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!response.ok) return bad(about, `answers with ${response.status}`);
    const { keys } = keySet.parse(await response.json());
    const usable = keys.filter(
      ({ kty, use }) => (kty === 'RSA' || kty === 'EC') && (use === undefined || use === 'sig'),
    );
    return usable.length > 0
      ? good(about, `${usable.length} for signing`)
      : bad(about, 'has no RSA or EC key for signing');
  } catch (err) {
    return bad(about, `cannot be used: ${sentence(err)}`);
  }
}

export async function checkService(about: string, url: string): Promise<Finding> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok
      ? good(about, `is ready at ${url}`)
      : bad(about, `is not ready (${response.status} from ${url}/readyz)`);
  } catch (err) {
    return bad(about, `does not answer at ${url}: ${sentence(err)}`);
  }
}
