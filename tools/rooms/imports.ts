import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { parse } from '@swc/core';

/** From a file to another one of this tree, or to a package of npm; paths from the root. Those of types count as well. */
export type Import = { from: string; to: string; isPackage: boolean };

const FOLDERS = ['libs', 'services', 'tools', 'tests'];
/** Also one of its further entries, as in `@logi/client/stores`. */
const OWN_PACKAGE = /^@logi\/([^/]+)(?:\/(.+))?$/;
const OWN_SERVICES = ['booking', 'gateway', 'operations', 'tracking'];
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** Every TypeScript file of the tree, by its path from the root. */
export async function sourceFiles(root: string): Promise<string[]> {
  const found = await Promise.all(
    FOLDERS.map(async (folder) => {
      const entries = await readdir(join(root, folder), { recursive: true }).catch(() => []);
      return entries
        .filter((path) => /\.tsx?$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path))
        .map((path) => join(folder, path));
    }),
  );
  return found.flat().sort();
}

/** What a file imports, except what comes with Node. */
export async function importsOf(root: string, file: string): Promise<Import[]> {
  const text = await readFile(join(root, file), 'utf8');
  const { body } = await parse(text, { syntax: 'typescript', tsx: file.endsWith('x'), target: 'es2024' });
  const written = body.flatMap((item) => ('source' in item && item.source ? [item.source.value] : []));
  const dynamic = [...text.matchAll(DYNAMIC)].map(([, name = '']) => name);
  return [...written, ...dynamic].filter((name) => !name.startsWith('node:')).map((name) => resolve(file, name));
}

function resolve(from: string, name: string): Import {
  if (name.startsWith('.')) return { from, to: normalize(join(dirname(from), name)), isPackage: false };
  const [, own, entry = 'index'] = OWN_PACKAGE.exec(name) ?? [];
  if (own === undefined) return { from, to: name, isPackage: true };
  const folder = OWN_SERVICES.includes(own) ? 'services' : 'libs';
  return { from, to: `${folder}/${own}/src/${entry}.ts`, isPackage: false };
}
