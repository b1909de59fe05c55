import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hasCode } from '../stack/processes/stack-error.ts';
import type { Mutant } from './mutant.ts';

/** Our own packages, which node_modules only points to. */
const OWN_SCOPE = '@logi';
/** A test that waits for a fact that a mutant keeps from coming need not wait as long as on a busy machine. */
const SHORTENED = { file: 'tools/testing/waiting.ts', from: 'const WAIT_MS = 20_000', to: 'const WAIT_MS = 6_000' };

/** A throw-away copy of the tree as it stands, committed or not, whose packages are its own. */
export class TreeCopy {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(root: string): Promise<TreeCopy> {
    const copy = new TreeCopy(await mkdtemp(join(tmpdir(), 'logi-mutant-')));
    try {
      await copy.#fill(root);
      return copy;
    } catch (err) {
      await copy.discard();
      throw err;
    }
  }

  async #fill(root: string): Promise<void> {
    const { stdout, status } = spawnSync('git', ['ls-files', '-z', '-c', '-o', '--exclude-standard'], { cwd: root });
    if (status !== 0) throw new Error('git does not list the files of this tree');
    const files = stdout.toString().split('\0').filter(Boolean);
    for (const file of files) await cp(join(root, file), join(this.directory, file)).catch(ignoreDeleted);
    await this.#linkPackages(root);
    await this.#edit(SHORTENED.file, [[SHORTENED.from, SHORTENED.to]]);
  }

  /** Breaks the copy, and returns how to mend it. */
  async apply({ file, edits }: Pick<Mutant, 'file' | 'edits'>): Promise<() => Promise<void>> {
    const whole = await this.#edit(file, edits);
    return () => writeFile(join(this.directory, file), whole);
  }

  async discard(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  async #edit(file: string, edits: [string, string][]): Promise<string> {
    const path = join(this.directory, file);
    const whole = await readFile(path, 'utf8');
    let text = whole;
    for (const [from, to] of edits) {
      const count = text.split(from).length - 1;
      if (count !== 1) throw new Error(`${file} has this ${count} times, not once: ${from}`);
      text = text.replace(from, () => to);
    }
    await writeFile(path, text);
    return whole;
  }

  async #linkPackages(root: string): Promise<void> {
    const [from, to] = [join(root, 'node_modules'), join(this.directory, 'node_modules')];
    await mkdir(join(to, OWN_SCOPE), { recursive: true });
    for (const name of await readdir(from)) {
      if (name !== OWN_SCOPE) await symlink(join(from, name), join(to, name));
    }
    for (const kind of ['libs', 'services']) {
      for (const name of await readdir(join(this.directory, kind))) {
        const link = join(to, OWN_SCOPE, name);
        await symlink(join(dirname(to), kind, name), link);
      }
    }
  }
}

function ignoreDeleted(err: unknown): void {
  if (!hasCode(err, 'ENOENT')) throw err;
}
