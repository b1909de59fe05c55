import { globSync, readFileSync } from 'node:fs';

export type Document = { path: string; text: string };

/** Everything in this repository that is written for people to read. */
export function readDocuments(): Document[] {
  const paths = [...globSync('*.md'), ...globSync('docs/**/*.md')].sort();
  return paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** What is no block of code. */
export function proseOf({ text }: Document): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** The blocks between fences, each with the language that its fence names. */
export function codeBlocks({ text }: Document): { language: string; code: string }[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({ language, code }));
}
