import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isRecord, PROTOCOL_DEFAULT, PROTOCOL_V2, parseJson } from '@logi/contracts';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { Line } from './line.ts';
import { type Refusal, type Report, type Stage, tokenIn } from './stage.ts';

const MAX_FRAME_BYTES = { v2: 4_096, default: 4_096, stream: 262_144 };
const PATHS = { v2: '/ws', default: '/ws', stream: '/v1/stream' };
const UPGRADE_REQUIRED: Refusal = { status: 426, code: 'upgrade_required' };

export const report = z.union([
  z.strictObject({ delivered: z.record(z.string(), z.unknown()) }),
  z.strictObject({ gap: z.literal(true) }),
  z.strictObject({ stopped: z.unknown() }),
  z.strictObject({ unsupported: z.literal(true) }),
]) as z.ZodType<Report>; // an absent `stopped` is undefined

/** The other side of the client under test, for one case. It does what the stage says. */
export async function openServer(stage: Stage, port: number) {
  const wss = new WebSocketServer({
    noServer: true,
    autoPong: false,
    maxPayload: MAX_FRAME_BYTES[stage.kind],
    handleProtocols: (offered) =>
      [PROTOCOL_V2, PROTOCOL_DEFAULT].find(
        (each) => offered.has(each) && each === (stage.kind === 'v2' ? PROTOCOL_V2 : PROTOCOL_DEFAULT),
      ) ??
      [...offered].find((each) => each.startsWith('bearer.')) ??
      false,
  });
  const server = createServer((request, response) => answer(stage, request, response));
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined);
    const url = new URL(request.url ?? '', 'ws://logi');
    const [token] = note(stage, request, url, true);
    const refusal = url.pathname === PATHS[stage.kind] ? stage.refusal : { status: 404, code: 'not_found' };
    if (refusal) {
      socket.end(
        `HTTP/1.1 ${refusal.status} Refused\r\n${headersOf(refusal)}connection: close\r\n\r\n${bodyOf(refusal)}`,
      );
      return;
    }
    wss.handleUpgrade(request, socket, head, (ws) => stage.lines.push(new Line({ ws, socket, stage, url, token })));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo; // it listens on a port
  const sockets = new Set<IncomingMessage['socket']>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return {
    url: `ws://127.0.0.1:${bound}${PATHS[stage.kind]}`,
    httpUrl: `http://127.0.0.1:${bound}`,
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Whatever asks for a socket has to be right, in every case. */
function note(stage: Stage, request: IncomingMessage, url: URL, isUpgrade: boolean): string[] {
  const tokens = tokenIn(request, url);
  stage.attempts.push({ atMs: Date.now(), url, token: tokens[0], isUpgrade });
  if (!isUpgrade) return tokens;
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  const faults = [
    url.pathname !== PATHS[stage.kind] &&
      `It asked for ${url.pathname}; the URL that it was given says ${PATHS[stage.kind]}.`,
    tokens.length === 0 &&
      'It connected without a token: one belongs into ?token=, Authorization: Bearer, or the subprotocol bearer.<token>.',
    tokens.some((token) => !stage.tokens.has(token)) &&
      'It sent a token that it was never given, or not letter by letter.',
    stage.kind === 'v2' && !offered.includes(PROTOCOL_V2) && `It did not offer the subprotocol ${PROTOCOL_V2}.`,
    stage.kind === 'default' &&
      offered.includes(PROTOCOL_V2) &&
      `It offered the subprotocol ${PROTOCOL_V2}, and was to speak the default mode.`,
  ];
  for (const fault of faults) if (fault && !stage.faults.includes(fault)) stage.faults.push(fault);
  return tokens;
}

function answer(stage: Stage, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://logi');
  const send = (status: number, type: string, body: string, headers = {}) =>
    response.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*', ...headers }).end(body);
  switch (url.pathname) {
    case '/token':
      send(200, 'text/plain', stage.issueToken());
      return;
    case '/points':
      send(200, 'application/json', JSON.stringify(stage.points));
      return;
    case '/report':
      void bodyText(request).then((text) => {
        const isTaken = text.split('\n').every((line) => line === '' || takeReport(stage, line));
        send(isTaken ? 204 : 400, 'text/plain', '');
      });
      return;
    default: {
      const isSocket = url.pathname === PATHS[stage.kind];
      if (isSocket) note(stage, request, url, false);
      const refusal = isSocket ? (stage.refusal ?? UPGRADE_REQUIRED) : { status: 404, code: 'not_found' };
      const { retryAfterSeconds } = refusal;
      send(
        refusal.status,
        'application/json',
        bodyOf(refusal),
        retryAfterSeconds ? { 'retry-after': String(retryAfterSeconds) } : {},
      );
    }
  }
}

/** Whether the line is a report. */
export function takeReport(stage: Stage, line: string): boolean {
  const value = parseJson(line);
  const parsed = report.safeParse(value);
  if (parsed.success && isRecord(value)) stage.report(parsed.data);
  return parsed.success;
}

async function bodyText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function headersOf({ retryAfterSeconds }: Refusal): string {
  return `content-type: application/json\r\n${retryAfterSeconds ? `retry-after: ${retryAfterSeconds}\r\n` : ''}`;
}

function bodyOf({ code }: Refusal): string {
  return JSON.stringify({ error: { code, message: code, request_id: 'conformance' } });
}
