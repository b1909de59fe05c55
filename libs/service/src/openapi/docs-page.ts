import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** What it asks of anybody else, the browser refuses. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'", // the viewer writes its styles into the page
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Without what would send a reader, or what they read, elsewhere. */
const VIEWER = {
  url: 'openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  customCss: 'a[href*="scalar.com"] { display: none }',
  externalUrls: { dashboardUrl: '', registryUrl: '', proxyUrl: '', apiBaseUrl: '' },
};

const MAX_VIEWER_BYTES = 8_388_608;
const LOAD_TIMEOUT_MS = 30_000;
const run = promisify(execFile);

const CACHED = 'public, max-age=3600';

/** `/docs`: the OpenAPI document for people, by Scalar. Its addresses are relative, so it may stand behind a proxy's path. */
export function serveDocsPage(app: FastifyInstance, title: string): void {
  const hidden = { schema: { hide: true } };
  const page = Buffer.from(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
      '<meta name="viewport" content="width=device-width, initial-scale=1"></head>' +
      '<body><div id="app"></div><script src="docs/scalar.js"></script><script src="docs/start.js"></script></body></html>',
  );
  const start = Buffer.from(`Scalar.createApiReference('#app', ${JSON.stringify(VIEWER)});`);
  let viewer: Promise<Buffer> | undefined;
  app.get('/docs', hidden, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').headers({ 'content-security-policy': POLICY }).send(page),
  );
  app.get('/docs/start.js', hidden, async (_request, reply) => script(reply).send(start));
  app.get('/docs/scalar.js', hidden, async ({ headers }, reply) => {
    viewer ??= loadViewer().catch((err: unknown) => {
      viewer = undefined;
      throw err;
    });
    const code = await viewer;
    script(reply).header('vary', 'accept-encoding');
    const takesGzip = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
    return takesGzip ? reply.header('content-encoding', 'gzip').send(code) : reply.send(gunzipSync(code));
  });
}

function script<Reply extends { type: (type: string) => Reply; header: (name: string, value: string) => Reply }>(
  reply: Reply,
): Reply {
  return reply.type('text/javascript; charset=utf-8').header('cache-control', CACHED);
}

/** Compressed. Nobody who never looks at the page pays for it. */
async function loadViewer(): Promise<Buffer> {
  const program = fileURLToPath(new URL('./print-viewer.ts', import.meta.url));
  const limits = { maxBuffer: MAX_VIEWER_BYTES, timeout: LOAD_TIMEOUT_MS, killSignal: 'SIGKILL' as const };
  const { stdout } = await run(process.execPath, [program], { ...limits, encoding: 'buffer', env: {} });
  return stdout;
}
