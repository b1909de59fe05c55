import type { IncomingMessage } from 'node:http';
import { type AuthConfig, createTokenVerifier, type VerifyToken } from '@logi/auth';
import { DomainError } from '@logi/contracts';
import { type Armed, armFailpoint } from '@logi/persistence';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { SecurityLog } from './answers/security-log.ts';
import { createHttpApp, type HttpApp, type HttpAppOptions, listeningPort } from './http.ts';
import { createLogger } from './log.ts';
import { inOrder, type Part } from './parts.ts';
import type { ListeningService } from './run.ts';
import { acceptSockets, type SocketOptions } from './sockets.ts';

export type FrameConfig = {
  HOST: string;
  LOG_LEVEL: string;
  REQUEST_TIMEOUT_MS: number;
  SECURITY_LINES_PER_MINUTE: number;
  LOGI_FAILPOINT?: Armed | undefined;
  auth: AuthConfig;
};

type AppOptions = Pick<HttpAppOptions, 'whyNotReady'> &
  Partial<Pick<HttpAppOptions, 'addressOf'>> & {
    /** Runs the rest of a request under the trace that its caller sent. */
    traced?: (traceparent: unknown, work: () => void) => void;
  };

/**
 * What all services are alike in. A service opens its frame, makes its app and its other parts with what the frame gives,
 * and is `assembled` of them: started in the order of the list, stopped in the opposite one. As soon as a stop begins,
 * the service is not ready and lets no socket in.
 */
export class Frame {
  readonly log: Logger;
  readonly registry = new Registry();
  readonly verify: VerifyToken;
  readonly security: SecurityLog;
  readonly #name: string;
  readonly #config: FrameConfig;
  readonly #stopping = new AbortController();

  constructor(name: string, config: FrameConfig) {
    this.#name = name;
    this.#config = config;
    this.log = createLogger({ service: name, level: config.LOG_LEVEL });
    if (config.auth.usesDevelopmentSecret) {
      this.log.warn('tokens are checked with the development secret; set JWT_SECRET');
    }
    if (config.LOGI_FAILPOINT) armFailpoint(config.LOGI_FAILPOINT);
    this.verify = createTokenVerifier(config.auth);
    const { log, registry } = this;
    this.security = new SecurityLog({ log, registry, linesPerMinute: config.SECURITY_LINES_PER_MINUTE });
  }

  /** `whyNotReady` is the service's own reason: that it drains, the frame knows. */
  async createApp({ whyNotReady, traced, addressOf = peerOf }: AppOptions): Promise<HttpApp> {
    const app = await createHttpApp({
      title: `Logi ${this.#name}`,
      log: this.log,
      registry: this.registry,
      verify: this.verify,
      security: this.security,
      addressOf,
      requestTimeoutMs: this.#config.REQUEST_TIMEOUT_MS,
      whyNotReady: () => (this.#stopping.signal.aborted ? 'draining' : whyNotReady()),
    });
    if (traced) app.addHook('onRequest', (request, _reply, done) => traced(request.headers['traceparent'], done));
    return app;
  }

  /** Sockets at one path of the app. Who comes there without asking for one is told to. */
  acceptSockets<Request>(
    app: HttpApp,
    options: Omit<SocketOptions<Request>, 'server' | 'verify' | 'log' | 'security' | 'addressOf' | 'isDraining'> &
      Partial<Pick<SocketOptions<Request>, 'addressOf'>>,
  ): void {
    app.get(options.path, { schema: { hide: true } }, async () => {
      throw new DomainError('upgrade_required');
    });
    const { log, verify, security } = this;
    const isDraining = () => this.#stopping.signal.aborted;
    acceptSockets({ addressOf: peerOf, ...options, server: app.server, verify, log, security, isDraining });
  }

  /** The part that opens the door; its place in the list says what must be there before anybody comes in. */
  listener(app: HttpApp, port: number, details: Record<string, unknown> = {}): Part {
    return {
      start: async () => {
        await app.listen({ host: this.#config.HOST, port });
        this.log.info({ port: listeningPort(app), ...details }, `${this.#name} listens`);
      },
      stop: () => app.close(),
    };
  }

  assemble(app: HttpApp, ...parts: readonly Part[]): ListeningService {
    const whole = inOrder(...parts);
    return {
      log: this.log,
      port: () => listeningPort(app),
      start: () => whole.start(this.#stopping.signal),
      stop: () => {
        this.#stopping.abort();
        return whole.stop();
      },
    };
  }
}

function peerOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? '';
}
