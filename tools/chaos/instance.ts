import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@logi/contracts';
import { type Child, startChild } from '../stack/processes/child-process.ts';
import { LOOPBACK } from '../stack/processes/ports.ts';
import { isFrozen } from '../stack/processes/process-table.ts';

const READY_POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2_000;

export type InstanceOptions = {
  service: ServiceName;
  name: string;
  port: number;
  env: Record<string, string>;
  root: string;
  /** For its log and the record of its process. */
  directory: string;
};

/** One process of a service, which can be ended in every way and started again on the same port. */
export class Instance {
  readonly service: ServiceName;
  readonly name: string;
  readonly url: string;
  readonly #options: InstanceOptions;
  readonly #log: WriteStream;
  #child: Child | undefined;
  #exit: string | undefined;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.service = options.service;
    this.name = options.name;
    this.url = `http://${LOOPBACK}:${options.port}`;
    this.#log = createWriteStream(join(options.directory, `${options.name}.log`), { flags: 'a' });
  }

  /** With a failpoint it kills or freezes itself there. */
  start(failpoint?: string): void {
    const { service, name, env, root, directory } = this.#options;
    this.#exit = undefined;
    const child = startChild({
      name,
      command: process.execPath,
      args: ['--no-warnings', join('services', service, 'src', 'main.ts')],
      env: { ...env, ...(failpoint !== undefined && { LOGI_FAILPOINT: failpoint }) },
      cwd: root,
      output: (line) => this.#log.write(`${line}\n`),
      recordFile: join(directory, `${name}.pid.json`),
      stopSteps: [{ signal: 'SIGTERM', waitMs: 20_000 }],
    });
    this.#child = child;
    child.exited.then(
      (exit) => {
        if (this.#child === child) this.#exit = exit;
      },
      () => undefined,
    );
  }

  /** How it ended, or undefined while it runs. */
  get exit(): string | undefined {
    return this.#exit;
  }

  get exited(): Promise<string> {
    return this.#child?.exited ?? Promise.resolve('never started');
  }

  /** False when it ended before it was ready. */
  async becomesReady(): Promise<boolean> {
    while (this.#exit === undefined) {
      if (await answers(`${this.url}/readyz`)) return true;
      await sleep(READY_POLL_MS);
    }
    return false;
  }

  /** Whether it stands still, by a failpoint or a signal. */
  get isFrozen(): boolean {
    const pid = this.#child?.pid;
    return pid !== undefined && isFrozen(pid);
  }

  signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid !== undefined && this.#exit === undefined) process.kill(pid, signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** Asks it to stop, as a deployment does; how it ended. */
  async stopOrderly(): Promise<string> {
    this.signal('SIGTERM');
    return this.exited;
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }
}

function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), headers: { connection: 'close' } }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}
