import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CoreService } from '@logi/contracts';
import type { Armed } from '@logi/persistence';
import { type Child, startChild } from '../../stack/processes/child-process.ts';
import { LOOPBACK } from '../../stack/processes/ports.ts';
import { isFrozen } from '../../stack/processes/process-table.ts';
import { type Happening, KILLED, type ProcessEvent } from './process-record.ts';

const READY_POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2_000;

export type ServiceProcessOptions = {
  service: CoreService;
  name: string;
  port: number;
  env: Record<string, string>;
  root: string;
  /** For its log and the record of its process. */
  directory: string;
  record: (event: ProcessEvent) => void;
};

/**
 *   down      there is no process                     --start---------------> starting
 *   starting  there is one, and it is not ready yet   --it answers /readyz--> running, --it ends--> down
 *   running   there is one, and it was ready          --it ends-------------> down
 */
type State = { is: 'down'; exit: string } | { is: 'starting' | 'running'; child: Child };

/** The process of an instance, which can be ended in every way and started again on the same port. */
export class ServiceProcess {
  readonly service: CoreService;
  readonly name: string;
  readonly url: string;
  readonly #options: ServiceProcessOptions;
  readonly #log: WriteStream;
  #state: State = { is: 'down', exit: 'never started' };

  constructor(options: ServiceProcessOptions) {
    this.#options = options;
    this.service = options.service;
    this.name = options.name;
    this.url = `http://${LOOPBACK}:${options.port}`;
    this.#log = createWriteStream(join(options.directory, `${options.name}.log`), { flags: 'a' });
  }

  get state(): State {
    return this.#state;
  }

  /** Whether it stands still, by a failpoint or a signal. */
  get isFrozen(): boolean {
    const pid = this.#state.is === 'down' ? undefined : this.#state.child.pid;
    return pid !== undefined && isFrozen(pid);
  }

  /** Armed by a fault, it kills or freezes itself at a failpoint. */
  start(fault?: { by: string; armed: Armed }): void {
    const { service, name, env, root, directory } = this.#options;
    if (this.#state.is !== 'down') throw new Error(`${name} is ${this.#state.is}, and cannot be started`);
    const child = startChild({
      name,
      command: process.execPath,
      args: ['--no-warnings', join('services', service, 'src', 'main.ts')],
      env: { ...env, ...(fault && { LOGI_FAILPOINT: settingOf(fault.armed) }) },
      cwd: root,
      output: (line) => this.#log.write(`${line}\n`),
      recordFile: join(directory, `${name}.pid.json`),
      stopSteps: [{ signal: 'SIGTERM', waitMs: 20_000 }],
    });
    this.#state = { is: 'starting', child };
    this.#record({ is: 'started', killsItselfFor: fault?.armed.end === 'kill' ? fault.by : undefined });
    void child.exited.then((exit) => {
      this.#state = { is: 'down', exit };
      this.#record({ is: 'ended', exit, said: child.lastLines });
    });
  }

  /** False when it ended before it was ready. */
  async becomesReady(): Promise<boolean> {
    while (this.#state.is === 'starting') {
      const { child } = this.#state;
      const isReady = await answers(`${this.url}/readyz`);
      if (isReady && this.#isStarting(child)) {
        this.#state = { is: 'running', child };
        this.#record({ is: 'ready' });
      } else await sleep(READY_POLL_MS);
    }
    return this.#state.is === 'running';
  }

  /** Nothing happens when it is down. */
  signal(signal: NodeJS.Signals, by: string): void {
    if (this.#state.is === 'down' || this.#state.child.pid === undefined) return;
    this.#record({ is: 'signalled', signal, by });
    process.kill(this.#state.child.pid, signal);
  }

  /** Whether that ended it. */
  async kill(by: string): Promise<boolean> {
    if (this.#state.is === 'down') return false;
    const { exited } = this.#state.child;
    this.signal('SIGKILL', by);
    return (await exited) === KILLED;
  }

  /** Asks it to stop, as a deployment does; how it ended. */
  async stopOrderly(by: string): Promise<string> {
    if (this.#state.is === 'down') return this.#state.exit;
    const { exited } = this.#state.child;
    this.signal('SIGTERM', by);
    return exited;
  }

  /** At the end of all. */
  async stop(): Promise<void> {
    if (this.#state.is !== 'down') await this.#state.child.stop();
  }

  #isStarting(child: Child): boolean {
    return this.#state.is === 'starting' && this.#state.child === child;
  }

  #record(event: Happening): void {
    this.#options.record({ at: Date.now(), instance: this.name, ...event });
  }
}

function settingOf({ point, nth, end }: Armed): string {
  return `${point}:${nth}${end === 'freeze' ? ':freeze' : ''}`;
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
