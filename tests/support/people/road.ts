import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { closeLater } from '../cleanup.ts';

const report = z.object({ kept: z.int(), waiting: z.int() });
const MAX_AT_ONCE = 50;
const START = { latitude: 52.52, longitude: 13.4 };
/** Eleven metres a second, in degrees for each millisecond. */
const STEP = 1e-7;

const PAGE = `<!doctype html><title>A driver</title>
<script type="importmap">{"imports":{"@logi/client":"/client.js","@logi/client/stores":"/client.js"}}</script>
<script type="module" src="/driver-page.ts"></script>`;

export type Road = {
  url: string;
  times: string[];
  /** How far it is kept, and what waits then. */
  seen: () => { kept: number; waiting: number };
  reloadOnce: () => void;
};

/** A way of so many points, one each millisecond, handed to an app under test as it is driven. */
export async function startRoad(
  count: number,
  { url, token, files = {} }: { url: string; token: string; files?: Record<string, string> },
): Promise<Road> {
  const startedAt = Date.now();
  const timeOf = (seq: number) => new Date(startedAt + seq).toISOString();
  let seen = { kept: -1, waiting: 0 };
  let mayReload = false;
  const next = (said: z.infer<typeof report>) => {
    const first = Math.max(said.kept, seen.kept) + 1;
    seen = { kept: first - 1, waiting: said.waiting };
    const driven = Math.min(count, Date.now() - startedAt, first + MAX_AT_ONCE);
    const seqs = Array.from({ length: Math.max(0, driven - first) }, (_, index) => first + index);
    const points = seqs.map((seq) => ({
      ...START,
      latitude: START.latitude + seq * STEP,
      recorded_at: timeOf(seq),
      seq,
    }));
    const answer = { points, mayReload };
    mayReload = false;
    return answer;
  };
  const server = createServer(async (request, response) => {
    const json = (body: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (request.url === '/where') json({ url, token });
    else if (request.url === '/next') json(next(report.parse(JSON.parse(await textOf(request)))));
    else if (request.url && request.url in files)
      response.setHeader('content-type', 'text/javascript').end(files[request.url]);
    else response.setHeader('content-type', 'text/html').end(PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeLater(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    times: Array.from({ length: count }, (_, seq) => timeOf(seq)),
    seen: () => seen,
    reloadOnce: () => {
      mayReload = true;
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  return (await request.setEncoding('utf8').toArray()).join('');
}
