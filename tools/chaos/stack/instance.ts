import { ServiceProcess, type ServiceProcessOptions } from './service-process.ts';

/**
 *   starting  its process is not ready yet
 *   running   it is
 *   down      its process has ended, and nobody has started it again
 *   owned     by one fault, which alone may end and start it, until it releases it
 */
type State = { is: 'starting' | 'running' | 'down' } | { is: 'owned'; by: string };

/** The right to end and start an instance. Released, once it is ready again, by disposing of it. */
export type Lease = AsyncDisposable & {
  readonly process: ServiceProcess;
  /** Whether somebody waits for its end. */
  isWanted: () => boolean;
};

/**
 * One of the two of a service. Whoever ends or starts it owns it: of two that did so at once, one would take what the
 * other ends for dead, and start it twice.
 */
export class Instance {
  readonly #process: ServiceProcess;
  #ownership: { is: 'free' } | { is: 'owned'; by: string } = { is: 'free' };
  readonly #waiting: (() => void)[] = [];

  constructor(options: ServiceProcessOptions) {
    this.#process = new ServiceProcess(options);
  }

  get service(): ServiceProcess['service'] {
    return this.#process.service;
  }

  get name(): string {
    return this.#process.name;
  }

  get url(): string {
    return this.#process.url;
  }

  get state(): State {
    return this.#ownership.is === 'owned' ? this.#ownership : this.#process.state;
  }

  /** Undefined when it is owned. */
  tryOwn(by: string): Lease | undefined {
    return this.#ownership.is === 'free' ? this.#lease(by) : undefined;
  }

  /** Waits until nobody owns it. */
  async own(by: string): Promise<Lease> {
    if (this.#ownership.is === 'owned') await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#lease(by);
  }

  /** At the end of all, whoever owns it. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  #lease(by: string): Lease {
    const lease = { is: 'owned', by } as const;
    this.#ownership = lease;
    const process = () => {
      if (this.#ownership !== lease) throw new Error(`${by} does not own ${this.name} any more`);
      return this.#process;
    };
    return {
      get process() {
        return process();
      },
      isWanted: () => this.#waiting.length > 0,
      [Symbol.asyncDispose]: async () => {
        await process().becomesReady();
        const next = this.#waiting.shift();
        if (next) next();
        else this.#ownership = { is: 'free' };
      },
    };
  }
}

/** The right to end and start all of them, released together. */
export async function ownAll(
  instances: readonly Instance[],
  by: string,
): Promise<AsyncDisposable & { processes: ServiceProcess[] }> {
  const leases = await Promise.all(instances.map((instance) => instance.own(by)));
  return {
    processes: leases.map(({ process }) => process),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(leases.map((lease) => lease[Symbol.asyncDispose]()));
    },
  };
}
