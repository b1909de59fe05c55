import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css',
  '.json': 'application/json',
};

export type Examples = { url: string; close: () => Promise<void> };

/** The pages of `examples/`, with the built package of `dist` under `logi/`. On this machine only. */
export async function serveExamples(options: { root: string; dist: string; port: number }): Promise<Examples> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = path.startsWith('/logi/') ? join(options.dist, path.slice('/logi/'.length)) : join(options.root, path);
    const type = TYPES[extname(path)];
    const body = type === undefined ? undefined : await readFile(file).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { 'content-type': type ?? 'text/plain', 'cache-control': 'no-store' });
    response.end(body ?? 'There is no such page.');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the pages are not served');
  return {
    url: `http://localhost:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
