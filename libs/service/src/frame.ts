import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { type AuthConfig, Blocks, createTokenVerifier, rememberTokens, type VerifyToken } from '@logi/auth';
import type { ErrorCode } from '@logi/contracts';
import { type Armed, armFailpoint } from '@logi/persistence/failpoints';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { z } from 'zod';
import { SecurityLog } from './answers/security-log.ts';
import { Allowance, type Rates } from './doors/allowance.ts';
import { Callers } from './doors/callers.ts';
import type { AllowedOrigins } from './doors/cors.ts';
import { type Limits, ratesOf } from './doors/limits.ts';
import { createMetricsServer } from './doors/open-documents.ts';
import { createHttpApp, type HttpApp, type HttpAppOptions, listeningPort } from './http.ts';
import { createLogger } from './log.ts';
import { inOrder, type Part } from './parts.ts';
import type { ListeningService } from './process/run.ts';
import { acceptSockets, type SocketOptions } from './sockets.ts';

export type FrameConfig = Limits & {
  HOST: string;
  LOG_LEVEL: string;
  REQUEST_TIMEOUT_MS: number;
  METRICS_PORT: number;
  ALLOWED_ORIGINS?: AllowedOrigins;
  SECURITY_LINES_PER_MINUTE: number;
  FORWARDING_KEY?: string | undefined;
  LOGI_FAILPOINT?: Armed | undefined;
  auth: AuthConfig;
};

type AppOptions = Pick<HttpAppOptions, 'whyNotReady'> & {
  /** Runs the rest of a request under the trace that its caller sent. */
  traced?: (traceparent: unknown, work: () => void) => void;
};

/** How long a start waits until it is known who is blocked. */
const BLOCKS_WAIT_MS = 2_000;
const BLOCKS_POLL_MS = 10;

/** What the OpenAPI document says of a socket. */
type About = { operationId: string; summary: string; errors?: readonly ErrorCode[]; query?: z.ZodObject };

/** What any upgrade may be refused with. */
const UPGRADE_ERRORS: readonly ErrorCode[] = ['invalid_upgrade', 'origin_not_allowed', 'upgrade_required'];

type FramesOwn = 'allowedOrigins' | 'server' | 'callers' | 'closing' | 'verify' | 'log' | 'security' | 'isDraining';

/**
 * What all services are alike in. A service opens its frame, makes its app and its other parts with what the frame gives,
 * and is `assembled` of them: started in the order of the list, stopped in the opposite one. As soon as a stop begins,
 * the service is not ready and lets no socket in.
 */
export class Frame {
  readonly log: Logger;
  readonly registry = new Registry();
  /** Refuses who is blocked, too. */
  readonly verify: VerifyToken;
  /** What each caller may still ask of this process, by whatever door. */
  readonly allowance: Allowance;
  readonly security: SecurityLog;
  /** Who knocks, and from where. */
  readonly callers: Callers;
  /** The service that makes the frame lets it know them; until then nobody is admitted. */
  readonly blocks = new Blocks();
  readonly #name: string;
  readonly #config: FrameConfig;
  readonly #stopping = new AbortController();
  #metrics: Server | undefined;

  /** `rates` are of what this service alone has. */
  constructor(name: string, config: FrameConfig, rates: Rates = {}) {
    this.#name = name;
    this.#config = config;
    this.log = createLogger({ service: name, level: config.LOG_LEVEL });
    if (config.auth.usesDevelopmentSecret) {
      this.log.warn('tokens are checked with the development secret; set JWT_SECRET');
    }
    if (config.LOGI_FAILPOINT) armFailpoint(config.LOGI_FAILPOINT);
    const verify = rememberTokens(createTokenVerifier(config.auth));
    this.verify = async (token) => {
      const identity = await verify(token);
      this.blocks.check(identity);
      return identity;
    };
    this.allowance = new Allowance({ ...ratesOf(config), ...rates }, { registry: this.registry });
    const trust = { proxyHops: config.TRUSTED_PROXY_HOPS, forwardingKey: config.FORWARDING_KEY };
    this.callers = new Callers({ allowance: this.allowance, trust });
    const { log, registry } = this;
    this.security = new SecurityLog({ log, registry, linesPerMinute: config.SECURITY_LINES_PER_MINUTE });
  }

  /** `whyNotReady` is the service's own reason: that it drains, the frame knows. */
  async createApp({ whyNotReady, traced }: AppOptions): Promise<HttpApp> {
    const app = await createHttpApp({
      title: `Logi ${this.#name}`,
      log: this.log,
      registry: this.registry,
      verify: this.verify,
      blocks: this.blocks,
      security: this.security,
      requestTimeoutMs: this.#config.REQUEST_TIMEOUT_MS,
      limits: this.#config,
      callers: this.callers,
      allowedOrigins: this.#config.ALLOWED_ORIGINS,
      hasMetricsElsewhere: this.#config.METRICS_PORT !== 0,
      isStopping: () => this.#stopping.signal.aborted,
      whyNotReady: async () =>
        (await whyNotReady()) ?? (this.blocks.areKnown ? undefined : 'it is not known yet who is blocked'),
    });
    if (traced) app.addHook('onRequest', (request, _reply, done) => traced(request.headers['traceparent'], done));
    return app;
  }

  /** Sockets at one path of the app. Who comes there without asking for one is told what an upgrade would be refused with. */
  acceptSockets<Request>(
    app: HttpApp,
    { about, ...options }: Omit<SocketOptions<Request>, FramesOwn> & { about: About },
  ): void {
    const { log, verify, security } = this;
    const { CLOSE_GRACE_MS: graceMs, CLOSE_GRACE_BYTES: graceBytes, ALLOWED_ORIGINS: allowedOrigins } = this.#config;
    const { explain } = acceptSockets({
      ...options,
      ...{ server: app.server, callers: this.callers, closing: { graceMs, graceBytes } },
      ...{ verify, log, security, allowedOrigins },
      isDraining: () => this.#stopping.signal.aborted,
    });
    const { errors = [], query, ...described } = about;
    const schema = {
      ...{ ...described, tags: ['Sockets'] as const, errors: [...UPGRADE_ERRORS, ...errors] },
      ...{ opensSocketFor: options.roles, asked: query ? { querystring: query } : {} },
    };
    app.get(options.path, { schema }, async ({ raw }, reply) => {
      reply.header('access-control-allow-origin', '*'); // the answer is for whoever has the token, and says no more than why
      await explain(raw);
    });
  }

  /** The part that opens the door; its place in the list says what must be there before anybody comes in. */
  listener(app: HttpApp, port: number, details: Record<string, unknown> = {}): Part {
    return {
      start: async (stopping) => {
        await this.#learnBlocks(stopping);
        await this.#listenForMetrics();
        await app.listen({ host: this.#config.HOST, port });
        this.log.info({ port: listeningPort(app), ...details }, `${this.#name} listens`);
      },
      stop: async () => {
        await app.close();
        this.#metrics?.close();
        this.#metrics?.closeAllConnections();
      },
    };
  }

  /** The first who call are answered, if it can be had. */
  async #learnBlocks(stopping: AbortSignal): Promise<void> {
    const deadline = Date.now() + BLOCKS_WAIT_MS;
    while (!this.blocks.areKnown && !stopping.aborted && Date.now() < deadline) await setTimeout(BLOCKS_POLL_MS);
  }

  async #listenForMetrics(): Promise<void> {
    const { METRICS_PORT: port, HOST: host } = this.#config;
    if (port === 0) return;
    this.#metrics = createMetricsServer(this.registry);
    this.#metrics.listen({ host, port });
    await once(this.#metrics, 'listening');
  }

  assemble(app: HttpApp, ...parts: readonly Part[]): ListeningService {
    const whole = inOrder(...parts);
    return {
      log: this.log,
      port: () => listeningPort(app),
      openapi: async () => {
        await app.ready(); // routes of plugins are known by then
        return app.openapi();
      },
      start: () => whole.start(this.#stopping.signal),
      stop: () => {
        this.#stopping.abort();
        return whole.stop();
      },
    };
  }
}
