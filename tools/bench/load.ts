import { Agent, request } from 'node:http';

/** Calls one service with connections kept open; a new one for each call would measure TCP. */
export function createCaller(baseUrl: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(baseUrl);
  return {
    /** Resolves with the status once the answer is read. */
    post: (path: string, token: string, body?: unknown) =>
      new Promise<number>((resolve, reject) => {
        const text = body === undefined ? '' : JSON.stringify(body);
        const headers = {
          authorization: `Bearer ${token}`,
          'content-length': Buffer.byteLength(text),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        };
        const call = request({ agent, hostname, port, path, method: 'POST', headers }, (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
        });
        call.on('error', reject);
        call.end(text);
      }),
    close: () => agent.destroy(),
  };
}

export type Measured = { perSecond: number; latenciesMs: number[] };

/** Does the tasks as fast as so many workers can. */
export async function asFastAsPossible(tasks: readonly (() => Promise<void>)[], workers: number): Promise<Measured> {
  const latenciesMs: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  const worker = async () => {
    for (let task = tasks[next++]; task; task = tasks[next++]) {
      const from = performance.now();
      await task();
      latenciesMs.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return { perSecond: (tasks.length * 1_000) / (performance.now() - startedAt), latenciesMs };
}

/** Begins so many tasks a second, whether or not the earlier ones are done: a queue shows as latency, not as less load. */
export async function atRate(tasks: readonly (() => Promise<void>)[], perSecond: number): Promise<Measured> {
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const running = tasks.map(async (task, index) => {
    const dueAt = startedAt + (index * 1_000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
    await task();
    latenciesMs.push(performance.now() - dueAt);
  });
  await Promise.all(running);
  return { perSecond: (tasks.length * 1_000) / (performance.now() - startedAt), latenciesMs };
}
