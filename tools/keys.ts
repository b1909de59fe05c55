import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseJson } from '@logi/contracts';
import { keptKeys, makeKeys } from './stack/compose-keys.ts';

/** The `keys` step of Compose: puts into each container's volume what it logs in with, then ends. Safe to run again. */
const ROOT = process.env['KEYS_DIRECTORY'] ?? '/keys';
const KEPT = join(ROOT, 'kept', 'keys.json');

const kept = keptKeys.parse(parseJson(readKept()) ?? { passwords: {} });
const { keep, files } = makeKeys(process.env, { kept, newSecret: () => randomBytes(32).toString('hex') });
write(KEPT, JSON.stringify(keep), 0o600);
// Readable in their volume by whatever user the container runs as; no other container has that volume.
for (const [path, content] of Object.entries(files)) write(join(ROOT, path), content, 0o444);
process.stdout.write('keys are in place\n');

function readKept(): string {
  try {
    return readFileSync(KEPT, 'utf8');
  } catch {
    return 'null'; // the first time
  }
}

/** Whole or not at all: whoever reads it meanwhile finds the old or the new. */
function write(path: string, content: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content, { mode });
  renameSync(`${path}.new`, path);
}
