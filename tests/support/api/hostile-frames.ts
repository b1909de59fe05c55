import { readFileSync } from 'node:fs';
import { isRecord } from '@logi/contracts';
import { z } from 'zod';
import type { Random } from '../../../tools/testing/random.ts';
import { exchanged, placesIn, RAW_BODIES, TEXTS, VALUES } from './hostile-values.ts';

/*
 * Frames of everything that the AsyncAPI document lets clients say, as nobody would say it. Each is made of a random stream
 * alone, so a seed makes it again.
 */

export const SOCKETS = ['default', 'v2', 'stream'] as const;
export type SocketKind = (typeof SOCKETS)[number];

/** One message, in the fragments in which it is sent. */
export type HostileFrame = { fragments: readonly (string | Buffer)[]; isBinary: boolean };

const ref = z.object({ $ref: z.string() });
const asyncApi = z.object({
  channels: z.record(z.string(), z.object({ 'x-close-codes': z.array(z.object({ code: z.number() })).default([]) })),
  operations: z.record(z.string(), z.object({ action: z.string(), channel: ref, messages: z.array(ref) })),
  components: z.object({
    messages: z.record(z.string(), z.object({ examples: z.array(z.object({ payload: z.unknown() })).default([]) })),
  }),
});
const { channels, operations, components } = asyncApi.parse(JSON.parse(readFileSync('docs/asyncapi.json', 'utf8')));

export function documentedCloses(socket: SocketKind): number[] {
  return channels[socket]?.['x-close-codes'].map(({ code }) => code) ?? [];
}

/** What clients may say on these sockets; on those where they may say nothing, what they may on the others. */
function examplesOf(socket: SocketKind): unknown[] {
  const said = Object.values(operations)
    .filter(({ action, channel }) => action === 'receive' && SOCKETS.some((name) => channel.$ref.endsWith(`/${name}`)))
    .map(({ channel, messages }) => ({
      isHere: channel.$ref.endsWith(`/${socket}`),
      examples: messages.flatMap(({ $ref }) =>
        (components.messages[$ref.split('/').at(-1) ?? '']?.examples ?? []).map(({ payload }) => payload),
      ),
    }));
  const here = said.filter(({ isHere }) => isHere);
  return (here.length > 0 ? here : said).flatMap(({ examples }) => examples);
}

const EXAMPLES = {
  default: examplesOf('default'),
  v2: examplesOf('v2'),
  stream: examplesOf('stream'),
} satisfies Record<SocketKind, unknown[]>;

/** Text that is none, and what is larger than any frame may be. */
const NO_TEXTS = [Buffer.from([0xff, 0xfe]), Buffer.from('{"type":"\xed\xa0\x80"}', 'latin1'), Buffer.alloc(0)];
const HUGE = `{"type":"ping","payload":{"x":"${'x'.repeat(2 ** 21)}"}}`;

/** Frames of a kind with what is documented: mostly it is understood, so that what is behind the parser is met, too. */
export function hostileFrame(random: Random, socket: SocketKind, tokens: readonly string[]): HostileFrame {
  const text = random.chance(0.005) ? HUGE : hostileText(random, socket, tokens);
  const isBinary = random.chance(0.02);
  if (random.chance(0.02)) return { fragments: [random.pick(NO_TEXTS)], isBinary };
  return { fragments: random.chance(0.1) ? inPieces(random, text) : [text], isBinary };
}

function hostileText(random: Random, socket: SocketKind, tokens: readonly string[]): string {
  if (random.chance(0.03)) return random.pick(RAW_BODIES);
  let value: unknown = random.pick(EXAMPLES[socket]);
  if (random.chance(0.9)) value = withToken(value, random.pick(tokens));
  for (let changes = random.chance(0.6) ? 0 : random.between(0, 3); changes > 0; changes -= 1) {
    const replacement = random.chance(0.1) ? undefined : random.pick(VALUES); // undefined: it is missing
    value = exchanged(value, random.pick(placesIn(value)), replacement);
  }
  if (isRecord(value) && random.chance(0.1)) value = { ...value, [random.pick(TEXTS)]: random.pick(VALUES) };
  const text = JSON.stringify(value) ?? '';
  // The same key twice: the second counts.
  return random.chance(0.05) ? text.replace('{', '{"type":"ping","payload":null,"user_id":"vic",') : text;
}

function withToken(value: unknown, token: string): unknown {
  return isRecord(value) && value['type'] === 'auth' ? { ...value, payload: { token } } : value;
}

/** Cut anywhere, also within a character. */
function inPieces(random: Random, text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const cut = Math.floor(random.between(0, bytes.length + 1));
  return [bytes.subarray(0, cut), Buffer.alloc(0), bytes.subarray(cut)];
}
