import { globSync, readFileSync } from 'node:fs';

export type Document = { path: string; text: string };

export type CodeBlock = {
  /** As its fence names it. */
  language: string;
  code: string;
  /** The last line of text above it. */
  caption: string;
};

const BLOCK = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** Everything in this repository that is written for people to read. */
export function readDocuments(): Document[] {
  const paths = globSync('**/*.md', { exclude: ['**/node_modules', '.logi'] }).sort();
  return paths.map(readDocument);
}

export function readDocument(path: string): Document {
  return { path, text: readFileSync(path, 'utf8') };
}

/** What is no block of code. */
export function proseOf({ text }: Document): string {
  return text.replaceAll(BLOCK, '');
}

/** The blocks between fences. */
export function codeBlocks({ text }: Document): CodeBlock[] {
  return [...text.matchAll(BLOCK)].map(({ index, 1: language = '', 2: code = '' }) => {
    const caption = text.slice(0, index).trimEnd().split('\n').at(-1) ?? '';
    return { language, code, caption };
  });
}

/** The commands of a block of shell, each whole, with the comment behind it. */
export function commandsOf(code: string): { command: string; comment: string }[] {
  const lines = code.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines.flatMap((line) => {
    const [, command = '', comment = ''] = /^\s*(.*?)\s*(?:(?:^|\s)#\s*(.*))?$/.exec(line) ?? [];
    return command === '' ? [] : [{ command, comment }];
  });
}
