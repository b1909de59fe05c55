import { randomUUID } from 'node:crypto';
import { EXCHANGES, parseJson, principalId, role, timestamp } from '@logi/contracts';
import { consumeLatest, type Publisher, type Session } from '@logi/messaging';
import { type Connections, closeFor } from '@logi/service';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Instances } from '../instances.ts';
import type { Client } from '../sockets/client.ts';
import type { Clients } from '../sockets/clients.ts';
import { toTimestamp } from '../sockets/connections.ts';

/** How long an instance may take to answer; one that does not is named in the result. */
const ANSWER_TIMEOUT_MS = 2_000;
/** Sessions in the answer of one instance. */
export const MAX_LISTED_SESSIONS = 500;
export const COMMAND = 'sessions';
/** Nobody waits longer for the answer to a command. */
const COMMAND_TTL_MS = 5_000;
const MAX_WAITING_COMMANDS = 1_000;

/** Whom an operator means: all sessions, those of a role or principal, or one. */
export const sessionFilter = z.object({
  role: role.optional(),
  sub: principalId.optional(),
  session_id: z.uuid().optional(),
});
export type SessionFilter = z.infer<typeof sessionFilter>;

/** A session as operators see it: who and how it is doing, and nothing of what it is told. */
export const session = z.object({
  session_id: z.string(),
  instance_id: z.string(),
  role,
  sub: z.string(),
  address: z.string(),
  protocol: z.string(),
  connected_at: timestamp,
  expires_at: timestamp.nullable(),
  acked_id: z.string().nullable(),
  queued_events: z.int(),
  queued_bytes: z.int(),
});
export type SessionView = z.infer<typeof session>;

/** Instances of other releases answer, too: what cannot be shown of theirs hides nothing of the rest. */
const showable = z
  .array(z.unknown())
  .transform((sessions) => sessions.map((each) => session.safeParse(each)).flatMap(({ data }) => data ?? []));

/** What gateways say to each other. */
export const command = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list'), request_id: z.string(), filter: sessionFilter }),
  z.object({ kind: z.literal('kick'), request_id: z.string(), filter: sessionFilter }),
  z.object({
    kind: z.literal('answer'),
    request_id: z.string(),
    instance_id: z.string(),
    count: z.int(),
    sessions: showable,
  }),
]);
type Command = z.infer<typeof command>;
type Answer = Extract<Command, { kind: 'answer' }>;

export type SessionsOptions = {
  instances: Instances;
  clients: Clients;
  connections: Connections;
  publisher: Publisher;
  log: Logger;
};

/** What all instances answered together; `missing` are those that did not. */
export type Gathered = { count: number; sessions: SessionView[]; missing: string[] };

/**
 * Sessions across all instances. A command goes to every gateway by a fanout exchange, and so do the answers; each is
 * carried out by whoever has such sessions, and counted by whoever asked.
 */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #asking = new Map<string, (answer: Answer) => void>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  async ask(kind: 'list' | 'kick', filter: SessionFilter): Promise<Gathered> {
    const requestId = randomUUID();
    const missing = new Set(this.#options.instances.alive);
    const gathered: Gathered = { count: 0, sessions: [], missing: [] };
    const all = new Promise<void>((resolve) => {
      this.#asking.set(requestId, ({ instance_id, count, sessions }) => {
        missing.delete(instance_id);
        gathered.count += count;
        gathered.sessions.push(...sessions);
        if (missing.size === 0) resolve();
      });
      setTimeout(resolve, ANSWER_TIMEOUT_MS).unref();
    });
    await this.#tell({ kind, request_id: requestId, filter });
    await all;
    this.#asking.delete(requestId);
    return { ...gathered, missing: [...missing] };
  }

  /** Listens to what all instances say, this one included. */
  async consume(session: Session): Promise<void> {
    await consumeLatest(session, {
      exchange: EXCHANGES.gatewayCommands,
      maxMessages: MAX_WAITING_COMMANDS,
      ttlMs: COMMAND_TTL_MS,
      onMessage: (body) => this.#receive(body),
    });
  }

  #receive(body: Buffer): void {
    const { instances, clients, log } = this.#options;
    const parsed = command.safeParse(parseJson(body.toString('utf8')));
    if (!parsed.success) {
      log.warn({ bytes: body.length }, 'malformed command dropped');
      return;
    }
    if (parsed.data.kind === 'answer') {
      this.#asking.get(parsed.data.request_id)?.(parsed.data);
      return;
    }
    const { kind, request_id, filter } = parsed.data;
    const found = [...clients.matching({ role: filter.role, sub: filter.sub, sessionId: filter.session_id })];
    if (kind === 'kick') {
      for (const { outgoing } of found) closeFor(outgoing.ws, 'ended_by_operator');
      log.info({ closed: found.length }, 'sessions ended by an operator');
    }
    const sessions = found.slice(0, MAX_LISTED_SESSIONS).map((client) => this.#present(client));
    void this.#tell({ kind: 'answer', request_id, instance_id: instances.own, count: found.length, sessions });
  }

  async #tell(message: Command): Promise<void> {
    const { publisher, log } = this.#options;
    const body = Buffer.from(JSON.stringify(message));
    const [failure] = await publisher.publish([
      { exchange: EXCHANGES.gatewayCommands, routingKey: COMMAND, body, messageId: randomUUID(), type: COMMAND },
    ]);
    if (failure !== undefined) log.warn({ kind: message.kind, failure }, 'command not published');
  }

  #present(client: Client): SessionView {
    const { principal, address, connectedAt, ackedId = null, outgoing } = client;
    const expiresAt = this.#options.connections.expiryOf(outgoing.ws);
    return {
      session_id: client.sessionId,
      instance_id: this.#options.instances.own,
      role: principal.role,
      sub: principal.id,
      address,
      protocol: outgoing.mode,
      connected_at: new Date(connectedAt).toISOString(),
      expires_at: expiresAt === undefined ? null : toTimestamp(expiresAt),
      acked_id: ackedId,
      queued_events: outgoing.waitingEvents,
      queued_bytes: outgoing.waitingBytes,
    };
  }
}
