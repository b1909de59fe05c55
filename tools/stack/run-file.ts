import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readPrivateFile, writePrivateFile } from './processes/private-file.ts';
import { findProcess, isRunning } from './processes/process-table.ts';
import { hasCode, StackError } from './processes/stack-error.ts';

// `.logi/run.json` says that a stack runs from this clone, and how to reach it. Only one does at a time.

const runRecord = z.object({
  /** Whose it is: a copy of the clone holds a copy of this file. */
  root: z.string(),
  pid: z.number(),
  startTime: z.string(),
  gatewayUrl: z.string(),
  bookingUrl: z.string(),
  trackingUrl: z.string(),
  operationsUrl: z.string(),
  /** Absent where tokens are verified with somebody else's public key. */
  jwtSecret: z.string().optional(),
  /** What tokens must claim, where that is set. */
  jwtIssuer: z.string().optional(),
  jwtAudience: z.string().optional(),
  /** Absent until the servers run. Superuser's and administrator's. */
  databaseUrl: z.string().optional(),
  amqpUrl: z.string().optional(),
  managementUrl: z.string().optional(),
});

type RunRecord = z.infer<typeof runRecord>;
export type StackAddresses = Omit<RunRecord, 'root' | 'pid' | 'startTime'>;

/** Where this clone's data and records are kept. */
export function dataDirectoryOf(root: string): string {
  return join(root, '.logi');
}

/** What is known of the stack that runs from this clone now. */
export function findRunningStack(root: string): RunRecord | undefined {
  const record = readPrivateFile(runFileOf(root), runRecord);
  return record?.root === root && isRunning(record) ? record : undefined;
}

/** Takes the place of the one running stack, or refuses because there is one. */
export function claimRun(root: string, addresses: StackAddresses) {
  const file = runFileOf(root);
  const self = findProcess(process.pid);
  if (!self) throw new Error('this process cannot find itself');
  const draft = `${file}.claim.${process.pid}`;
  writePrivateFile(draft, { ...addresses, ...self, root } satisfies RunRecord);
  try {
    if (!tryLink(draft, file)) {
      const other = findRunningStack(root);
      if (other) throw new StackError(`Logi already runs here (pid ${other.pid}): gateway ${other.gatewayUrl}`);
      rmSync(file, { force: true }); // its process was killed
      if (!tryLink(draft, file)) throw new StackError('Logi is just being started here by somebody else');
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    update: (more: StackAddresses) => writePrivateFile(file, { ...more, ...self, root } satisfies RunRecord),
    release: () => rmSync(file, { force: true }),
  };
}

function runFileOf(root: string): string {
  return join(dataDirectoryOf(root), 'run.json');
}

/** A link appears whole and at once, and never replaces one that is there. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (err) {
    if (hasCode(err, 'EEXIST')) return false;
    throw err;
  }
}
