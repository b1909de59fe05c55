import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Fault, KINDS, type Kind, show, Unsupported } from './faults.ts';
import type { Line } from './line.ts';

export { Fault, type Kind, show, Unsupported } from './faults.ts';

export type Case = {
  /** `v2.resume`: the kind comes first. */
  name: string;
  /** What a client has to do, in one sentence. */
  about: string;
  run: (stage: Stage) => Promise<void>;
};

export function kindOf({ name }: Pick<Case, 'name'>): Kind {
  return KINDS.find((kind) => name.startsWith(`${kind}.`)) ?? 'v2';
}

/** How an upgrade is refused, and a plain request answered. */
export type Refusal = { status: number; code: string; retryAfterSeconds?: number };
export type Attempt = { atMs: number; url: URL; token: string | undefined; isUpgrade: boolean };

export type Report =
  | { delivered: Record<string, unknown> }
  | { gap: true }
  | { stopped: unknown }
  | { unsupported: true };

const WAIT_MS = 20_000;
const POLL_MS = 10;

export type StageOptions = {
  kind: Kind;
  issueToken: () => string;
  /** For the first connection: a process, or a person, has to start. */
  firstWaitMs: number;
  /** For what a client does at once, or after a back-off. */
  waitMs?: number;
};

/** One case under way: what the server is to do, and what has been seen of the client. */
export class Stage {
  readonly kind: Kind;
  readonly attempts: Attempt[] = [];
  readonly delivered: Record<string, unknown>[] = [];
  /** Faults that are seen in passing. */
  readonly faults: string[] = [];
  readonly lines: Line[] = [];
  gaps = 0;
  stopped: unknown;
  /** Set while nobody is let in. */
  refusal: Refusal | undefined;
  /** What the client's token URL gives, and what the client has had. */
  readonly issueToken: () => string;
  readonly tokens = new Set<string>();
  points: object[] = [];
  #taken = 0;
  #isUnsupported = false;
  #exit: string | undefined;
  readonly #firstWaitMs: number;
  readonly #waitMs: number;

  constructor({ kind, issueToken, firstWaitMs, waitMs = WAIT_MS }: StageOptions) {
    this.#waitMs = waitMs;
    this.kind = kind;
    this.#firstWaitMs = firstWaitMs;
    this.issueToken = () => {
      const token = issueToken();
      this.tokens.add(token);
      return token;
    };
  }

  report(report: Report): void {
    if ('delivered' in report) this.delivered.push(report.delivered);
    else if ('gap' in report) this.gaps += 1;
    else if ('stopped' in report) this.stopped ??= report.stopped ?? true;
    else this.#isUnsupported = true;
  }

  /** The client's process has ended, which is one way to stop. */
  exited(how: string): void {
    this.#exit = how;
  }

  /** The next connection that is let in. */
  async connection(fault: string, limitMs = this.#taken === 0 ? this.#firstWaitMs : this.#waitMs): Promise<Line> {
    await this.until(() => this.lines.length > this.#taken, fault, limitMs);
    const line = this.lines[this.#taken];
    if (!line) throw new Fault(fault);
    this.#taken += 1;
    return line;
  }

  get upgrades(): Attempt[] {
    return this.attempts.filter(({ isUpgrade }) => isUpgrade);
  }

  /** Nothing more comes from it for so long. */
  async noConnection(ms: number, fault: string): Promise<void> {
    const before = this.upgrades.length;
    await this.holds(ms, () => this.upgrades.length === before, fault);
  }

  async holds(ms: number, isStill: () => boolean, fault: string): Promise<void> {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(POLL_MS)) if (!isStill()) throw new Fault(fault);
  }

  async until(isSo: () => boolean, fault: string, limitMs = this.#waitMs): Promise<void> {
    for (const end = Date.now() + limitMs; !isSo(); await sleep(POLL_MS)) {
      this.#checkSupport();
      if (Date.now() > end) throw new Fault(this.#withExit(fault));
    }
  }

  #checkSupport(): void {
    if (this.#isUnsupported) throw new Unsupported();
  }

  #withExit(fault: string): string {
    return this.#exit === undefined ? fault : `${fault} Its process ended: ${this.#exit}.`;
  }

  /** All of these have been delivered, each once and in this order; of other types there may be more. */
  async expectDelivered(messages: readonly Record<string, unknown>[], why = ''): Promise<void> {
    const wanted = new Set(messages.map(({ type }) => type));
    const own = () => this.delivered.filter(({ type }) => wanted.has(type));
    const because = why && ` ${why}`;
    for (const end = Date.now() + this.#waitMs; own().length < messages.length; await sleep(POLL_MS)) {
      this.#checkSupport();
      if (Date.now() < end) continue;
      const some = `Of ${messages.length} messages it delivered ${own().length}${listed(messages, own())}.${because}`;
      throw new Fault(this.#withExit(some));
    }
    await sleep(SETTLE_MS);
    for (const [index, message] of messages.entries()) {
      const got = own()[index];
      if (isSame(got, message)) continue;
      const isLater = messages.some((each) => isSame(each, got));
      const isEarlier = own()
        .slice(0, index)
        .some((each) => isSame(each, got));
      const what = isEarlier ? 'was delivered twice' : isLater ? 'was delivered out of order' : 'is not what was sent';
      throw new Fault(`${show(got)} ${what}: ${show(message)} was to be number ${index + 1}.${because}`);
    }
    if (own().length > messages.length) {
      throw new Fault(`${show(own()[messages.length])} was delivered twice, or was never sent.${because}`);
    }
  }
}

/** What comes twice comes soon after. */
const SETTLE_MS = 300;

function listed(sent: readonly object[], got: readonly object[]): string {
  const missing = sent.filter((each) => !got.some((one) => isSame(one, each)));
  return missing.length === 0
    ? ''
    : `; ${show(missing[0])} is missing${missing.length > 1 ? `, and ${missing.length - 1} more` : ''}`;
}

export function tokenIn(request: IncomingMessage, url: URL): string[] {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  const bearer = offered.filter((each) => each.startsWith('bearer.')).map((each) => each.slice('bearer.'.length));
  const header = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return [...bearer, ...(header ? [header] : []), ...url.searchParams.getAll('token')];
}

/** By what is on the wire, in whatever order the members stand. */
function isSame(one: unknown, other: unknown): boolean {
  const onWire = (value: unknown): unknown => (value === undefined ? value : JSON.parse(JSON.stringify(value)));
  return isDeepStrictEqual(onWire(one), onWire(other));
}
