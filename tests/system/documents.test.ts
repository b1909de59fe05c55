import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { codeBlocks, type Document, proseOf, readDocuments } from '../support/docs/documents.ts';

const ROOMS = ['docs', 'libs', 'migrations', 'services', 'tests', 'tools'];
/** Files of the reader's own, which documents speak of. */
const READERS_OWN = new Set([
  'docker-compose.override.yml',
  'services/booking/src/routes/report-delay.ts',
  'tests/booking/delays.test.ts',
]);

test('every link within the documents leads to a file, and to a heading of it', () => {
  const dead = readDocuments().flatMap((document) =>
    linksOf(document)
      .filter((link) => !leadsSomewhere(document, link))
      .map((link) => `${document.path}: ${link}`),
  );
  expect(dead).toEqual([]);
});

test('every path that a document names is there', () => {
  const files = ROOMS.flatMap((room) => readdirSync(room, { recursive: true, encoding: 'utf8' }));
  const names = new Set(files.map((path) => basename(path)));
  const today = readDocuments().filter(({ path }) => path !== 'CHANGELOG.md'); // it names what was, too
  const missing = today.flatMap((document) =>
    pathsIn(document)
      .filter((path) => !(path.includes('/') ? isThere(path) : existsSync(path) || names.has(path)))
      .map((path) => `${document.path}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test('every decision is in the index and on the map', () => {
  const decisions = globSync('docs/decisions/[0-9]*.md').map((path) => basename(path));
  expect(decisions.length).toBeGreaterThan(0);
  for (const path of ['docs/decisions/README.md', 'ARCHITECTURE.md']) {
    const text = readFileSync(path, 'utf8');
    expect({ path, lacks: decisions.filter((decision) => !text.includes(`${decision})`)) }).toEqual({
      path,
      lacks: [],
    });
  }
});

test('the glossary is in the order of the alphabet, each word once', () => {
  const terms = [...readFileSync('docs/glossary.md', 'utf8').matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(
    ([, term]) => term,
  );
  expect(terms.length).toBeGreaterThan(0);
  expect(terms).toEqual([...new Set(terms)].sort());
});

test('the newest release of the changelog is the version of every package, and those before it have their commits', () => {
  const [newest, ...earlier] = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## \[([\d.]+)\]/gm)].map(
    ([, version = '']) => version,
  );
  const versions = globSync(['package.json', '{libs,services}/*/package.json']).map(
    (path) => readJson(path)['version'],
  );
  expect(new Set(versions)).toEqual(new Set([newest]));
  expect(earlier.filter((version) => !Object.hasOwn(readJson('docs/releases.json'), version))).toEqual([]);
});

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function linksOf(document: Document): string[] {
  const links = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere({ path, text }: Document, link: string): boolean {
  const [file = '', heading] = link.split('#');
  const target = file === '' ? path : join(dirname(path), file);
  if (!existsSync(target)) return false;
  return heading === undefined || headingsOf(file === '' ? text : readFileSync(target, 'utf8')).includes(heading);
}

/** As GitHub names them. */
function headingsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What looks like a path of ours: in backticks also a file's bare name, in a block of code only what begins in a room. */
function pathsIn(document: Document): string[] {
  const spans = [...proseOf(document).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  const bare = words(spans).filter((word) => /^[\w.-]+\.(ts|mjs|md|json|sql|yml)$/.test(word));
  const inRooms = words([...spans, ...codeBlocks(document).map(({ code }) => code)]).filter((word) =>
    ROOMS.includes(/^([a-z]+)\/./.exec(word)?.[1] ?? ''),
  );
  return [...new Set([...bare, ...inRooms])].filter((path) => !READERS_OWN.has(path));
}

function words(texts: string[]): string[] {
  return texts.flatMap((text) => text.split(/[\s,;(){}"']+/)).map((word) => word.replace(/[.:/]$/, ''));
}

/** `<name>` stands for any, as `*` does. */
function isThere(path: string): boolean {
  return globSync(path.replaceAll(/<\w+>/g, '*')).length > 0;
}
