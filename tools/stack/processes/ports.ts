import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

// The kernel gives ports from 32768 on to outgoing connections, so one that is free now may be taken the moment after.
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_767;
const MAX_ATTEMPTS = 200;

export const LOOPBACK = '127.0.0.1';

export async function isPortFree(port: number, host = LOOPBACK): Promise<boolean> {
  const server = await bind(port, host);
  await server?.[Symbol.asyncDispose]();
  return server !== undefined;
}

/** One free loopback port for each name: the first of its candidates that is free, else a random one. All are different. */
export async function findPorts<Name extends string>(
  candidates: Record<Name, number[]>,
): Promise<Record<Name, number>> {
  const bound: Server[] = [];
  const ports: Partial<Record<Name, number>> = {};
  try {
    // Each stays bound until all are found: that alone keeps them different.
    for (const name in candidates) {
      const { port, server } = await bindFirst(candidates[name]);
      bound.push(server);
      ports[name] = port;
    }
  } finally {
    await Promise.all(bound.map((server) => server[Symbol.asyncDispose]()));
  }
  return ports as Record<Name, number>; // the loop has set every name, or thrown
}

async function bindFirst(candidates: number[]): Promise<{ port: number; server: Server }> {
  for (let attempt = 0; attempt < candidates.length + MAX_ATTEMPTS; attempt += 1) {
    const port = candidates[attempt] ?? randomPort();
    const server = await bind(port, LOOPBACK);
    if (server) return { port, server };
  }
  throw new Error(`no free port found between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
}

function randomPort(): number {
  return LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT + 1));
}

async function bind(port: number, host: string): Promise<Server | undefined> {
  const server = createServer().listen({ port, host, exclusive: true });
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  );
}
