import { readFileSync } from 'node:fs';

const MAX_LINES = 15;

/** The end of a server's log, for the message that says it failed. */
export function tailOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(-MAX_LINES).join('\n');
  } catch {
    return `(no log at ${path})`;
  }
}
