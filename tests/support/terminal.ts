import { spawn } from 'node:child_process';
import { LONG_WAIT_MS, within } from '../../tools/testing/waiting.ts';
import { closeLater } from './cleanup.ts';

/** What people paste takes its time: servers are installed and started. */
const PASTE_WAIT_MS = 120_000;
const SECOND_MS = 1_000;

/** A terminal with a shell in it: what is pasted runs, and Ctrl-C reaches whatever runs. */
export class Terminal {
  readonly #child;
  readonly #waiting = new Set<() => void>();
  #output = '';
  #pastes = 0;
  readonly ended: Promise<number | null>;

  constructor(cwd: string, env: NodeJS.ProcessEnv) {
    // A group of its own, as a terminal's programs are.
    const child = spawn('bash', ['--norc'], { cwd, env, stdio: 'pipe', detached: true });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        for (const look of this.#waiting) look();
      });
    }
    child.stdin.on('error', () => undefined); // it is gone: what waits for its output says so
    this.ended = new Promise((resolve) => child.on('close', resolve));
    closeLater(() => this.#kill());
  }

  get output(): string {
    return this.#output;
  }

  /** Runs it and returns what it has printed, once it is done. */
  async paste(text: string): Promise<string> {
    this.#pastes += 1;
    const mark = `--- pasted ${this.#pastes} ---`;
    const from = this.#output.length;
    this.#child.stdin.write(`${text}\necho '${mark}'\n`);
    await this.shows(mark);
    return this.#output.slice(from, this.#output.indexOf(mark, from));
  }

  /** For what goes on until Ctrl-C: the shell becomes that program. */
  begin(text: string): void {
    this.#child.stdin.end(`${text}\nexit $?\n`);
  }

  /** Resolves once it has shown this, or shown it so many times. */
  async shows(wanted: string | RegExp, times = 1): Promise<void> {
    const isThere = () => this.#output.split(wanted).length > times;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => isThere() && resolve();
    this.#waiting.add(look);
    look();
    try {
      const gone = this.ended.then(() => {
        if (!isThere()) throw new Error(`the terminal ended without showing ${wanted}:\n${this.#output}`);
      });
      await within(Promise.race([promise, gone]), `a terminal to show ${wanted}`, {
        limitMs: PASTE_WAIT_MS,
        seen: () => this.#output,
      });
    } finally {
      this.#waiting.delete(look);
    }
  }

  /** As the key does: to all programs of the terminal but the shell that waits for them. Resolves with how they ended. */
  async ctrlC(): Promise<number | null> {
    this.#signal('SIGINT');
    return within(this.ended, 'the end after Ctrl-C', { limitMs: LONG_WAIT_MS + SECOND_MS, seen: () => this.#output });
  }

  async #kill(): Promise<void> {
    this.#signal('SIGTERM'); // `npm start` has servers to stop
    await within(this.ended, 'a terminal to close', { limitMs: LONG_WAIT_MS }).catch(() => this.#signal('SIGKILL'));
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode } = this.#child;
    if (pid !== undefined && exitCode === null) process.kill(-pid, signal);
  }
}
