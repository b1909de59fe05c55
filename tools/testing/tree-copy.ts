import { cp, glob, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Our own packages, which node_modules only points to. */
const OWN_SCOPE = '@logi';
/** What is made here, or is this machine's own. */
const LEFT_OUT = new Set(['node_modules', '.git', '.logi', '.env', 'coverage']);
/** What was made of that tree's sources. */
const CACHE = '.cache';

/** Each text must stand in the file exactly once, so that an edit cannot outlive the code that it changes. */
export type Edits = [from: string, to: string][];

/** A throw-away copy of the tree as it stands, committed or not, whose packages are its own. */
export class TreeCopy {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(root: string): Promise<TreeCopy> {
    const copy = new TreeCopy(await mkdtemp(join(tmpdir(), 'logi-copy-')));
    try {
      await copy.#fill(root);
      return copy;
    } catch (err) {
      await copy.discard();
      throw err;
    }
  }

  async #fill(root: string): Promise<void> {
    // With its times, or npm's packages would look older than their list, and be installed anew.
    const filter = (path: string) => !LEFT_OUT.has(basename(path));
    await cp(root, this.directory, { recursive: true, preserveTimestamps: true, filter });
    await this.#linkPackages(root);
  }

  /** Returns how to undo it. */
  async edit(file: string, edits: Edits): Promise<() => Promise<void>> {
    const path = join(this.directory, file);
    const whole = await readFile(path, 'utf8');
    let text = whole;
    for (const [from, to] of edits) {
      const count = text.split(from).length - 1;
      if (count !== 1) throw new Error(`${file} has this ${count} times, not once: ${from}`);
      text = text.replace(from, () => to);
    }
    await writeFile(path, text);
    return () => writeFile(path, whole);
  }

  async discard(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  async #linkPackages(root: string): Promise<void> {
    const [from, to] = [join(root, 'node_modules'), join(this.directory, 'node_modules')];
    await mkdir(join(to, OWN_SCOPE), { recursive: true });
    for (const name of await readdir(from)) {
      if (name !== OWN_SCOPE && name !== CACHE) await symlink(join(from, name), join(to, name));
    }
    // What npm could not lay at the top, since another version lies there.
    for await (const path of glob(['{libs,services,tools}/*/node_modules', 'tools/*/*/node_modules'], { cwd: root })) {
      await symlink(join(root, path), join(this.directory, path));
    }
    for (const kind of ['libs', 'services']) {
      for (const name of await readdir(join(this.directory, kind))) {
        const link = join(to, OWN_SCOPE, name);
        await symlink(join(dirname(to), kind, name), link);
      }
    }
  }
}
