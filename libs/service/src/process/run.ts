import type { Logger } from 'pino';

export type Service = { start(): Promise<void>; stop(): Promise<void>; log: Logger };
/** `port` is known once it has started. */
export type ListeningService = Service & {
  port(): number /** What its calls are, as OpenAPI. */;
  openapi(): Promise<object>;
};

/** Longer than any orderly stop takes; Compose waits 30 s before it kills. */
const STOP_DEADLINE_MS = 25_000;

/**
 * Runs a service until it is told to stop (SIGTERM, SIGINT) or meets a fault that nobody caught. Then it stops in
 * order; a second signal, or the deadline, ends the process at once.
 */
export async function run(service: Service): Promise<void> {
  const { log } = service;
  let stopping = false;
  const stop = async (why: string, exitCode: number) => {
    if (stopping) return process.exit(exitCode || 1); // asked twice: whoever asks will not wait
    stopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref(); // a hung part must not keep the process for ever
    try {
      await service.stop();
      process.exitCode = exitCode;
      log.info('stopped');
    } catch (err) {
      process.exitCode = 1;
      log.error({ err }, 'stop failed');
    }
  };
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (err) => {
      log.fatal({ err }, fault);
      void stop(fault, 1);
    });
  }
  try {
    await service.start();
  } catch (err) {
    log.fatal({ err }, 'cannot start');
    await stop('cannot start', 1);
  }
}

/** Prints why a service cannot be made, without a stack when it is a matter of settings, and ends with status 1. */
export function refuseToStart(err: unknown): void {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
}
