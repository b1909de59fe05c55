import { expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import {
  checkJavaScript,
  checkJson,
  checkShell,
  checkSql,
  checkTypeScript,
  makeProject,
  type Problem,
  SCRIPTS,
} from '../support/docs/code-checks.ts';
import { codeBlocks, proseOf, readDocument, readDocuments } from '../support/docs/documents.ts';
import { acceptOffered, advance, book, gatewayReads, goOnDuty } from '../support/people/people.ts';
import { startSystem } from '../support/services/system.ts';
import { spawnTool } from '../support/tool.ts';

/*
 * Whatever stands between fences in a document is run, compiled or compared, so that nobody copies what is wrong. Another
 * language needs a check here, or a line in NOT_RUN.
 */

/** Whole documents that tests of their own take step by step. */
const FOLLOWED: Record<string, string> = {
  'README.md': 'pasted into a shell',
  'docs/your-first-change.md': 'tests/system/first-change.test.ts',
};

/** Blocks that cannot be run, by how they begin. */
const NOT_RUN = [
  { document: 'ARCHITECTURE.md', begins: ' driver apps ──ws/http──▶', because: 'a picture' },
  {
    document: 'ARCHITECTURE.md',
    begins: 'gateway     feed, operators',
    because: 'a picture of tools/rooms/plan.ts, which tests/system/rooms.test.ts holds',
  },
];

const CHECKS: Record<string, (code: string) => Problem | Promise<Problem>> = {
  sh: checkShell,
  js: checkJavaScript,
  json: checkJson,
  sql: checkSql,
  ts: checkTypeScript,
  html: () => undefined, // tests/system/guides.test.ts runs the pages
  mermaid: () => undefined, // tests/system/pictures.test.ts
};

const documents = readDocuments();
const blocks = documents
  .filter(({ path }) => !Object.hasOwn(FOLLOWED, path))
  .flatMap((document) =>
    codeBlocks(document).map((block, index) => ({
      ...block,
      document: document.path,
      name: `${document.path}, block ${index + 1}`,
    })),
  );
const isListed = ({ document, code }: { document: string; code: string }) =>
  NOT_RUN.some((listed) => listed.document === document && code.startsWith(listed.begins));

async function check(language: string, code: string): Promise<Problem> {
  const checkOne = CHECKS[language];
  return checkOne ? checkOne(code) : `nobody checks the language ${JSON.stringify(language)}`;
}

test.each(blocks.filter((block) => !isListed(block)))('$name ($language) is right', async ({ language, code }) => {
  expect(await check(language, code)).toBeUndefined();
});

test('what is listed as not run is there', () => {
  expect(blocks.filter(isListed)).toHaveLength(NOT_RUN.length);
  expect(Object.keys(FOLLOWED).filter((path) => !documents.some((document) => document.path === path))).toEqual([]);
});

test('every fence belongs to a block that is seen here', () => {
  const lost = documents.flatMap((document) => (/^\s*(```|~~~)/m.test(proseOf(document)) ? [document.path] : []));
  expect(lost).toEqual([]);
});

test('every script that a document names is one of npm’s', () => {
  const missing = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)\b(?! -w)/g)]
      .map(([, script = '']) => script)
      .filter((script) => !Object.hasOwn(SCRIPTS, script))
      .map((script) => `${path}: npm run ${script}`),
  );
  expect(missing).toEqual([]);
});

test('the client of docs/protocol.md, run as it stands, tells of a booking to its end', async () => {
  const system = await startSystem();
  await gatewayReads(system);
  const example = codeBlocks(readDocument('docs/protocol.md')).find(({ language }) => language === 'ts');
  const { file } = makeProject(example?.code ?? '');
  const env = { LOGI_URL: `${system.gatewayUrl}/ws`, LOGI_TOKEN: system.token('user', 'alice') };
  const program = spawnTool(file, [], env);
  await eventually(() => expect(program.output()).toMatch(/^hello /m));
  await goOnDuty(system, 'dave');
  const { booking_id } = await book(system, 'alice');
  await acceptOffered(system, 'dave', booking_id);
  await advance(system, 'dave', booking_id, [
    'En Route to Pickup',
    'Arrived at Pickup',
    'In Transit',
    'Arrived at Drop-off',
    'Delivered',
  ]);
  const { status, output } = await program.ended();
  expect({ status, last: output.trimEnd().split('\n').at(-1) }).toEqual({
    status: 0,
    last: expect.stringMatching(/^status_update .*"status":"Delivered"/),
  });
});

const BROKEN: [what: string, language: string, code: string, reason: RegExp][] = [
  ['without a language', '', 'npm start', /nobody checks the language ""/],
  ['in a language that nobody checks', 'python', 'print()', /nobody checks the language "python"/],
  ['with a quote that does not end', 'sh', "npm run rooms 'x", /unexpected EOF/],
  ['with a command that nobody knows', 'sh', 'launch --all', /nobody here knows/],
  ['with a script that is gone', 'sh', 'npm run launch', /no script launch/],
  ['with a test file that is gone', 'sh', 'npm test -- tests/system/gone.test.ts', /does not know tests\/system\/gone/],
  ['with an option that is gone', 'sh', 'npm run chaos -- --fault F01 --seed 7', /does not know --fault$/],
  ['with an argument where none is taken', 'sh', 'npm run docs -- --all', /docs does not know --all/],
  ['with a second command', 'sh', 'npm run docs; npm run launch', /nobody here knows/],
  ['with a comma too many', 'json', '{"a": 1,}', /no JSON/],
  [
    'with a payload without a key',
    'json',
    '{"user_id":"ana","type":"booking_accepted","payload":{"booking_id":"b"}}',
    /neither/,
  ],
  ['with a code that is gone', 'json', '{"error":{"code":"gone","message":"m"}}', /neither/],
  ['with a column that is gone', 'sql', 'select gone from booking.booking', /column "gone" does not exist/],
  ['with a function that is gone', 'ts', "import { launch } from '@logi/client';\nlaunch();", /no exported member/],
];

test.each(BROKEN)('a block %s is found', async (_, language, code, reason) => {
  expect(await check(language, code)).toMatch(reason);
});

test.each([
  ['sql', "select count(*) from booking.booking where status = 'Searching'"],
  ['json', '{"error":{"code":"offer_not_open","message":"m","details":{"status":"Cancelled"}}}'],
  ['json', '{"type":"resume","payload":{"last_id":"x"}}'],
  ['sh', '# only a comment\nnpm run chaos -- --seed 7 \\\n  --faults F01   # and another\n'],
])('a good block of %s is good', async (language, code) => {
  expect(await check(language, code)).toBeUndefined();
});
