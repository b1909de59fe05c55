import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readPrivateFile, writePrivateFile } from '../stack/processes/private-file.ts';
import { findProcess, isRunning } from '../stack/processes/process-table.ts';
import { dataDirectoryOf } from '../stack/run-file.ts';
import type { Servers } from '../stack/servers/servers.ts';
import { makeTemplate } from './template.ts';

/*
 * Where a run of tests finds its servers. `npm test` starts some and stops them; `npm run servers` keeps some running, and
 * says where in `.logi/test-servers.json`, for as long as its process lives.
 */

const addresses = z.object({ databaseUrl: z.string(), amqpUrl: z.string(), managementUrl: z.string() });
const record = z.object({ root: z.string(), pid: z.number(), startTime: z.string(), ...addresses.shape });
export type TestServers = z.infer<typeof addresses>;

/** What tests/support/servers.ts reads, with the template made that fits the migrations as they stand. */
export async function environmentForTests({ databaseUrl, amqpUrl, managementUrl }: TestServers) {
  const template = await makeTemplate(databaseUrl);
  return { LOGI_TEST_SERVERS: JSON.stringify({ databaseUrl, amqpUrl, managementUrl, template }) };
}

/** Those that `npm run servers` keeps running for this clone. */
export function findKeptServers(root: string): TestServers | undefined {
  const kept = readPrivateFile(fileOf(root), record);
  return kept?.root === root && isRunning(kept) ? kept : undefined;
}

/** Lets later runs find them. Returns how to take that back. */
export function keepServers(root: string, { databaseUrl, amqpUrl, managementUrl }: Servers): () => void {
  const self = findProcess(process.pid);
  if (!self) throw new Error('this process cannot find itself');
  mkdirSync(dataDirectoryOf(root), { recursive: true });
  const file = fileOf(root);
  writePrivateFile(file, { root, ...self, databaseUrl, amqpUrl, managementUrl } satisfies z.infer<typeof record>);
  return () => rmSync(file, { force: true });
}

function fileOf(root: string): string {
  return join(dataDirectoryOf(root), 'test-servers.json');
}
