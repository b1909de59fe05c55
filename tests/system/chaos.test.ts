import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { findPostgres, findRabbitmq } from '../../tools/stack/servers/packages.ts';
import { within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { inTwoSizes } from '../support/long.ts';

/*
 * Short runs of `npm run chaos`, on servers of their own, which they kill; `npm run chaos -- --minutes 30` goes on for longer.
 * CHAOS_SEED repeats a run.
 */
const SEED = process.env['CHAOS_SEED'] ?? String(Date.now() % 1_000_000);
const LONGEST_RUN_MS = 290_000;
const SIZES = {
  short: ['--minutes', '0.2', '--kills', '1', '--users', '5', '--drivers', '12', '--faults', 'F01,F02,F03'],
  long: ['--minutes', '0.3', '--kills', '6', '--faults', 'F01,F02,F03,F04,F06,F08,F11'],
};

// It must be able to kill the servers, so containers will not do.
if (findPostgres() !== undefined && findRabbitmq() !== undefined) {
  const name = `nothing is lost while services, broker and database are killed (seed ${SEED})`;
  inTwoSizes(name, SIZES, { run: breakAndCount, timeoutMs: LONGEST_RUN_MS + 10_000 });
} else test.skip('chaos needs PostgreSQL and RabbitMQ installed here', () => undefined);

async function breakAndCount(size: string[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'logi-chaos-'));
  const options = [...size, '--seed', SEED, '--out', directory];
  const child = spawn(process.execPath, ['--conditions=@logi/source', 'tools/chaos/main.ts', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  closeLater(() => child.kill('SIGKILL')); // its servers and services die with it
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [exitCode] = await within(once(child, 'close'), 'the run to end', {
    limitMs: LONGEST_RUN_MS,
    seen: () => output,
  });
  // A run that was not good leaves its history where its last line says.
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringContaining('NOTHING LOST') });
  expect(output).toMatch(
    /attempted [1-9]\d*, acknowledged [1-9]\d*, committed [1-9]\d*, published [1-9]\d*, effected [1-9]\d*, delivered [1-9]\d*, points [1-9]/,
  );
  expect(output).toMatch(/lost 0, phantom 0, doubled 0, reordered 0, misdelivered 0, illegal 0/);
  rmSync(directory, { recursive: true });
}
