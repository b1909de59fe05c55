import { chownSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { hasCode, StackError } from './stack-error.ts';

/** What the JSON file holds, or undefined when there is none. */
export function readPrivateFile<T>(path: string, schema: z.ZodType<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (err) {
    if (hasCode(err, 'ENOENT')) return undefined;
    throw new StackError(`cannot read ${path}: run as the user who made it`, { cause: err });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (err) {
    throw new StackError(`${path} is damaged: remove it and try again`, { cause: err });
  }
}

/** Written whole or not at all, readable by its owner only: the directory's owner, when root writes. */
export function writePrivateFile(path: string, value: unknown): void {
  const half = `${path}.${process.pid}`;
  writeFileSync(half, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  const { uid, gid } = statSync(dirname(path));
  if (process.getuid?.() === 0) chownSync(half, uid, gid);
  renameSync(half, path);
}
