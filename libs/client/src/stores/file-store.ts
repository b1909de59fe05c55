import type { Kept, Store } from '../driver/backlog.ts';

type Line = { put: Kept } | { remove: number };

/** The file is written anew when so many more lines are in it than things are kept. */
const SPARE_LINES = 2_000;

/**
 * A file for Node, of one process. A log, since what is kept changes with every point: each change is appended, and on disk
 * before it counts. A line that was cut off by a dead battery is left out; every write begins a line of its own.
 */
export class FileStore implements Store {
  readonly #path: string;
  #lines = 0;
  #kept = new Map<number, unknown>();

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<Kept[]> {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(this.#path, 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const kept = new Map<number, unknown>();
    for (const line of text.split('\n').map(readLine)) {
      if (line && 'put' in line) kept.set(line.put.key, line.put.value);
      else if (line) kept.delete(line.remove);
    }
    this.#kept = kept;
    await this.#rewrite();
    return [...kept].map(([key, value]) => ({ key, value })).sort((a, b) => a.key - b.key);
  }

  async write({ put, remove }: { put: readonly Kept[]; remove: readonly number[] }): Promise<void> {
    const lines: Line[] = [
      ...put.map(({ key, value }) => ({ put: { key, value } })),
      ...remove.map((key) => ({ remove: key })),
    ];
    await this.#save('a', lines);
    for (const { key, value } of put) this.#kept.set(key, value);
    for (const key of remove) this.#kept.delete(key);
    this.#lines += lines.length;
    if (this.#lines > this.#kept.size + SPARE_LINES) await this.#rewrite();
  }

  async close(): Promise<void> {}

  /** Beside it, and then in its place: whenever it ends, one of the two is whole. */
  async #rewrite(): Promise<void> {
    const { rename } = await import('node:fs/promises');
    const lines = [...this.#kept].map(([key, value]) => ({ put: { key, value } }));
    await this.#save('w', lines, `${this.#path}.new`);
    await rename(`${this.#path}.new`, this.#path);
    this.#lines = lines.length;
  }

  async #save(flags: 'a' | 'w', lines: readonly Line[], path = this.#path): Promise<void> {
    const { open } = await import('node:fs/promises');
    const file = await open(path, flags);
    try {
      await file.writeFile(lines.map((line) => `\n${JSON.stringify(line)}`).join(''));
      await file.datasync();
    } finally {
      await file.close();
    }
  }
}

function readLine(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Partial<{ put: Kept; remove: number }> | null;
    if (typeof line?.put?.key === 'number') return { put: line.put };
    return typeof line?.remove === 'number' ? { remove: line.remove } : undefined;
  } catch {
    return undefined; // cut off, or empty
  }
}
