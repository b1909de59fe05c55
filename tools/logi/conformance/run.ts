import { randomBytes } from 'node:crypto';
import { signToken } from '@logi/auth';
import { startClient } from './client-process.ts';
import { openServer, takeReport } from './server.ts';
import { type Case, Fault, kindOf, Stage, Unsupported } from './stage.ts';

export type Result = {
  name: string;
  about: string;
  is: 'passed' | 'failed' | 'unsupported';
  /** What the client did wrong, a sentence each. */
  faults: string[];
  /** What it wrote to standard error, where it failed. */
  errors?: string;
};

const ROLES = { v2: 'user', default: 'user', stream: 'driver' } as const;
const FIRST_TTL_SECONDS = 3_600;
const FIRST_WAIT_MS = 30_000;
const FIRST_WAIT_FOR_PEOPLE_MS = 300_000;

export type RunOptions = {
  /** Nothing: somebody else starts the client. */
  command: readonly string[];
  port: number;
  jobs: number;
  waitMs?: number;
  onStart: (each: Case, urls: { url: string; httpUrl: string; token: string }) => void;
  onResult: (result: Result) => void;
  signal: AbortSignal;
};

/** All cases, so many at a time, each with a server and a client of its own. */
export async function runCases(cases: readonly Case[], options: RunOptions): Promise<Result[]> {
  const waiting = [...cases];
  const results: Result[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next && !options.signal.aborted; next = waiting.shift()) {
      const result = await runCase(next, options);
      results.push(result);
      options.onResult(result);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return cases.flatMap(({ name }) => results.filter((result) => result.name === name));
}

async function runCase(each: Case, { command, port, waitMs, onStart }: RunOptions): Promise<Result> {
  const kind = kindOf(each);
  const secret = randomBytes(32).toString('hex');
  let issued = 0;
  const stage = new Stage({
    kind,
    // Each lasts longer than the one before, so no two are the same.
    issueToken: () => {
      issued += 1;
      return signToken({ role: ROLES[kind], sub: 'ana', ttlSeconds: FIRST_TTL_SECONDS + issued, secret });
    },
    ...(waitMs !== undefined && { waitMs }),
    firstWaitMs: command.length > 0 ? FIRST_WAIT_MS : FIRST_WAIT_FOR_PEOPLE_MS,
  });
  const server = await openServer(stage, port);
  const { url, httpUrl } = server;
  const token = stage.issueToken();
  onStart(each, { url, httpUrl, token });
  const running = each.run(stage);
  running.catch(() => undefined); // it is awaited below, when the client runs
  const env = {
    LOGI_CASE: each.name,
    LOGI_KIND: kind,
    LOGI_URL: url,
    LOGI_TOKEN: token,
    LOGI_TOKEN_URL: `${httpUrl}/token`,
    LOGI_REPORT_URL: `${httpUrl}/report`,
    LOGI_POINTS_URL: `${httpUrl}/points`,
  };
  const client =
    command.length === 0
      ? undefined
      : startClient(command, { env, onLine: (line) => takeReport(stage, line), onExit: (how) => stage.exited(how) });
  const outcome = await running.then(
    () => [],
    (err: unknown) => err,
  );
  await client?.stop();
  await server.close();
  const { name, about } = each;
  if (outcome instanceof Unsupported) return { name, about, is: 'unsupported', faults: [] };
  if (outcome instanceof Error && !(outcome instanceof Fault)) throw outcome;
  const faults = [...stage.faults, ...(outcome instanceof Fault ? [outcome.message.trim()] : [])];
  if (faults.length === 0) return { name, about, is: 'passed', faults };
  const errors = client?.errors() ?? '';
  return { name, about, is: 'failed', faults, ...(errors !== '' && { errors }) };
}
