import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { CASES } from '../../tools/logi/conformance/cases/index.ts';
import { type Result, runCases } from '../../tools/logi/conformance/run.ts';
import { inTwoSizes, long } from '../support/long.ts';
import { spawnTool } from '../support/tool.ts';
import { FAULTS, type FaultName } from '../support/wire/tiny-client-faults.ts';

const TINY = 'tests/support/wire/tiny-client.ts';
const OURS = 'tests/support/wire/our-client.ts';
const MALFORMED = [
  'v2.malformed-text',
  'v2.malformed-scalars',
  'v2.malformed-shapes',
  'v2.malformed-empty',
  'v2.malformed-binary',
];
const FINAL = [1002, 1007, 1008, 1009, 4400, 4403, 4409, 4410].map((code) => `v2.close-${code}`);
const COMES_BACK = [1001, 1006, 1011, 1012, 4008, 4999].map((code) => `v2.close-${code}`);

/** Each way to be bad, and the cases that have to find it. */
const FOUND_BY: Record<FaultName, readonly string[]> = {
  'offers no protocol': ['v2.handshake'],
  'has no place': [
    'v2.resume',
    'v2.resume-again-and-again',
    'v2.hello-place',
    'v2.no-id-no-place',
    'v2.not-there',
    ...COMES_BACK,
  ],
  'takes places of events only': ['v2.unknown-types', 'v2.hello-place'],
  'does not encode its place': ['v2.opaque-place'],
  'delivers twice': ['v2.duplicates'],
  'compares after a gap': ['v2.gap'],
  'reports no gap': ['v2.gap', 'v2.gap-on-the-way'],
  'reports each resume as a gap': ['v2.no-false-gap'],
  'acknowledges ahead': ['v2.ack'],
  'delivers only what it knows': ['v2.extra-fields'],
  'drops what is large': ['v2.huge-message'],
  'delivers in another order': ['v2.messages', 'v2.burst', 'v2.pieces', 'default.messages'],
  'crashes on what it cannot read': [...MALFORMED, 'default.unknown-types', 'stream.malformed'],
  'leaves on what it cannot read': MALFORMED,
  'does not answer pings': ['v2.pings'],
  'believes a silent line': ['v2.silent-line'],
  'leaves a quiet line': ['v2.quiet-line'],
  'comes back at once': ['v2.goaway'],
  'leaves when nothing is delivered': ['v2.degraded', 'v2.about-the-connection'],
  storms: [
    'v2.greeted-and-closed',
    'v2.not-there',
    'v2.close-4429',
    'v2.close-1013',
    'v2.refused-401',
    'v2.refused-403',
    'v2.refused-400',
    'v2.refused-429',
    'v2.refused-503',
  ],
  'comes back after the end': [
    ...FINAL,
    'default.replaced',
    'stream.close-4400',
    'stream.close-4409',
    'stream.close-4410',
  ],
  'stops at every close': [
    ...COMES_BACK,
    'default.comes-back',
    'stream.close-1012',
    'stream.close-1013',
    'stream.close-4429',
  ],
  'keeps its token': [
    'v2.close-4401',
    'v2.token-renewal',
    'v2.token-renewal-refused',
    'default.token-expired',
    'stream.close-4401',
  ],
  'renews by connecting': ['v2.token-renewal'],
  'floods with tokens': ['v2.token-renewal', 'v2.token-renewal-unanswered'],
  'speaks in the default mode': ['default.messages'],
  'forgets what it sent': ['stream.not-acknowledged', 'stream.never-acknowledged', 'stream.silent-line'],
  'sends again what was taken': ['stream.not-acknowledged', 'stream.rejected'],
  'sends the newest first': ['stream.points'],
  'sends all at once': ['stream.many-points'],
};

function run(client: string, names: readonly string[], { fault = '', waitMs = 4_000 } = {}): Promise<Result[]> {
  return runCases(
    CASES.filter(({ name }) => names.includes(name)),
    {
      command: [process.execPath, '--no-warnings', '--conditions=@logi/source', client, fault],
      port: 0,
      jobs: 16,
      waitMs,
      onStart: () => undefined,
      onResult: () => undefined,
      signal: new AbortController().signal,
    },
  );
}

const failed = (results: Result[]) => results.filter(({ is }) => is === 'failed');
const SUITE_MS = 600_000;
const ALL = CASES.map(({ name }) => name);
/** One of each kind, and quickly over. */
const SOME = [
  'v2.messages',
  'v2.resume',
  'v2.gap',
  'v2.close-4409',
  'v2.token-renewal',
  'default.messages',
  'stream.points',
  'stream.not-acknowledged',
];

const conforms = (client: string) => async (cases: readonly string[]) => {
  const results = await run(client, cases, { waitMs: 20_000 });
  expect(failed(results)).toEqual([]);
  expect(results.some(({ is }) => is === 'passed')).toBe(true);
};
inTwoSizes('our own client conforms', { short: SOME, long: ALL }, { timeoutMs: SUITE_MS, run: conforms(OURS) });
long('a small client that knows nothing of ours conforms', () => conforms(TINY)(ALL), SUITE_MS);

test('each case is one that some bad client fails', () => {
  const found = new Set(Object.values(FOUND_BY).flat());
  expect(ALL.filter((name) => !found.has(name))).toEqual([]);
});

inTwoSizes<readonly FaultName[]>(
  'a client that is bad in one way is told so',
  {
    short: ['has no place', 'delivers twice'],
    long: FAULTS,
  },
  {
    timeoutMs: SUITE_MS,
    async run(faults) {
      for (const fault of faults) {
        const results = await run(TINY, FOUND_BY[fault], { fault });
        const unnoticed = results.filter(({ is }) => is !== 'failed').map(({ name }) => name);
        expect({ fault, unnoticed }).toEqual({ fault, unnoticed: [] });
        for (const sentence of results.flatMap((result) => result.faults)) expect(sentence).toMatch(/\.$/);
      }
    },
  },
);

test('the command says by its status and in sentences how a client did', async () => {
  const args = [
    'conformance',
    '--only',
    'v2.handshake',
    'default.messages',
    '--',
    process.execPath,
    '--no-warnings',
    TINY,
  ];
  const good = await spawnTool('tools/logi/main.ts', args, {}).ended();
  expect({ status: good.status, output: good.output }).toEqual({
    status: 0,
    output: expect.stringMatching(/^ok v2\.handshake: .*^2 passed, 0 failed, 0 left out\n$/ms),
  });
  const bad = await spawnTool('tools/logi/main.ts', [...args, 'offers no protocol'], {}).ended();
  expect(bad).toMatchObject({
    status: 3,
    output: expect.stringContaining('It did not offer the subprotocol logi.v2.'),
  });
  const json = await spawnTool(
    'tools/logi/main.ts',
    [...args.toSpliced(1, 0, '--json'), 'offers no protocol'],
    {},
  ).ended();
  expect(JSON.parse(json.output)).toMatchObject([
    { name: 'v2.handshake', is: 'failed' },
    { name: 'default.messages', is: 'passed' },
  ]);
});

test('docs/conformance.md has every case, and --list tells them', async () => {
  const [document, listed] = [
    await readFile('docs/conformance.md', 'utf8'),
    await spawnTool('tools/logi/main.ts', ['conformance', '--list'], {}).ended(),
  ];
  for (const { name, about } of CASES) {
    expect(document).toContain(`| \`${name}\` | ${about} |`);
    expect(listed.output).toContain(about);
  }
});
