import { fileURLToPath } from 'node:url';
import { whenInterrupted } from '../stack/processes/interrupt.ts';
import { startServers } from '../stack/servers/servers.ts';
import { environmentForTests } from '../testing/test-servers.ts';
import { TreeCopy } from '../testing/tree-copy.ts';
import { EVENT_MUTANTS } from './event-mutants.ts';
import type { Mutant } from './mutant.ts';
import { RULE_MUTANTS } from './rule-mutants.ts';
import { runTests, type Verdict } from './run-tests.ts';
import { SERVICE_MUTANTS } from './service-mutants.ts';
import { UPKEEP_MUTANTS } from './upkeep-mutants.ts';

/*
 * `npm run mutants`: breaks the reliability core, the rules and the upkeep on purpose, in a copy of the tree, one way at a
 * time, and shows that a named test notices each. `npm run mutants -- <id>…` tries these only. Ends with 1 when one is not noticed.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Most of a failing test is waiting for what does not come. */
const LANES = 3;
const ID_WIDTH = 28;
/** A test that waits for a fact that a mutant keeps from coming need not wait as long as on a busy machine. */
const SHORTENED = { file: 'tools/testing/waiting.ts', from: 'const WAIT_MS = 20_000', to: 'const WAIT_MS = 6_000' };

const MUTANTS = [...EVENT_MUTANTS, ...SERVICE_MUTANTS, ...RULE_MUTANTS, ...UPKEEP_MUTANTS];

const chosen = process.argv.slice(2);
const mutants = MUTANTS.filter(({ id }) => chosen.length === 0 || chosen.includes(id));
const unknown = chosen.filter((id) => !MUTANTS.some((mutant) => mutant.id === id));
if (unknown.length > 0) throw new Error(`no such mutant: ${unknown.join(', ')}`);

const interrupted = whenInterrupted();
await using undo = new AsyncDisposableStack();
const lanes: TreeCopy[] = [];
for (let lane = 0; lane < LANES; lane += 1) {
  const copy = await TreeCopy.make(ROOT);
  undo.defer(() => copy.discard());
  await copy.edit(SHORTENED.file, [[SHORTENED.from, SHORTENED.to]]);
  lanes.push(copy);
}
// Before the servers: a mutant whose code has moved on is told at once.
for (const { file, edits } of mutants) await (await lanes[0]?.edit(file, edits))?.();
const servers = await startServers({ kind: 'auto', onProgress: print, signal: interrupted });
undo.defer(() => servers.stop());
const env = await environmentForTests(servers);

if (await isWholeTreeGood()) {
  const waiting = [...mutants];
  const survivors: string[] = [];
  await Promise.all(lanes.map((lane) => work(lane, waiting, survivors)));
  print(`${mutants.length - survivors.length} of ${mutants.length} mutants noticed`);
  if (survivors.length > 0) print(`NOT NOTICED: ${survivors.join(', ')}`);
  process.exitCode = survivors.length === 0 ? 0 : 1;
} else {
  process.exitCode = 1;
}

/** Without a mutant, each of the tests passes; or it would prove nothing that it fails with one. */
async function isWholeTreeGood(): Promise<boolean> {
  const byFile = [...Map.groupBy(mutants, ({ caughtBy }) => caughtBy.file).values()];
  const bad: string[] = [];
  const waiting = [...byFile];
  const check = async (lane: TreeCopy) => {
    for (let group = waiting.shift(); group; group = waiting.shift()) {
      const tests = group.map(({ caughtBy }) => caughtBy);
      const verdicts = await runTests(lane.directory, tests, { env, interrupted });
      for (const [index, verdict] of verdicts.entries())
        if (verdict.end !== 'passed') bad.push(`${tests[index]?.test}: ${verdict.end}\n${verdict.message}`);
    }
  };
  await Promise.all(lanes.map(check));
  for (const text of bad) print(`without a mutant: ${text}`);
  if (bad.length === 0) print(`without a mutant, the tests of ${byFile.length} files pass`);
  return bad.length === 0;
}

async function work(lane: TreeCopy, waiting: Mutant[], survivors: string[]): Promise<void> {
  for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
    const mend = await lane.edit(mutant.file, mutant.edits);
    const [verdict] = await runTests(lane.directory, [mutant.caughtBy], { env, interrupted });
    await mend();
    if (verdict?.end !== 'failed') survivors.push(mutant.id);
    print(describe(mutant, verdict));
  }
}

function describe({ id, why, caughtBy }: Mutant, verdict: Verdict | undefined): string {
  if (verdict?.end === 'failed') return `noticed   ${id.padEnd(ID_WIDTH)}${caughtBy.file}: ${caughtBy.test}`;
  return `SURVIVED  ${id.padEnd(ID_WIDTH)}${why}\n  ${caughtBy.file}: ${caughtBy.test}: ${verdict?.end}\n${verdict?.message}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
