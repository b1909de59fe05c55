import { parseArgs } from 'node:util';
import { z } from 'zod';
import { consoleLink, streetsFileOf } from '../stack/console.ts';
import { ownName } from '../stack/signer.ts';
import { createPerson } from './city/person.ts';
import { cityOf, runDay } from './run-day.ts';
import { showStreets } from './screen/streets.ts';
import { findStack, hasConsole, ROOT, whyNotReady } from './stack-address.ts';

/*
 * `npm run demo`: a city on a running stack, what the gateway delivers as it scrolls by, and a summary.
 */

const USAGE = `usage: npm run demo -- [options]
  --seconds <n>   how long users make bookings (60); open ones then have 25 more to end
  --drivers <n>   (30)
  --users <n>     (20)
  --speed <n>     how many times faster than in life the city drives and loads (20)
  --every <ms>    between two positions of a driver (1000)
  --seed <text>   another seed is another city on another day (1)
  --quiet         only the summary
Addresses and secret: BOOKING_URL, TRACKING_URL, GATEWAY_URL, JWT_SECRET; without them, those of the stack that runs here.`;
const USAGE_STATUS = 2;
const PROBE_TTL_SECONDS = 60;
/** npm passes on a Ctrl-C that the terminal has sent us already: only a later one is a second one. */
const SECOND_SIGNAL_AFTER_MS = 1_000;

const number = (min: number, max: number) => z.coerce.number().min(min).max(max);
const optionsSchema = z.object({
  seconds: number(1, 86_400).default(60),
  drivers: number(1, 2_000).int().default(30),
  users: number(1, 2_000).int().default(20),
  speed: number(0.1, 200).default(20),
  every: number(100, 60_000).default(1_000),
  seed: z.string().default('1'),
  quiet: z.boolean().default(false),
  help: z.boolean().default(false),
});

const interrupted = new AbortController();
let firstSignalAt: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt(signal));
// Whoever read our output may be gone before us, as `head` is.
process.stdout.on('error', () => interrupted.abort());

try {
  await main(readOptions());
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode ||= 1;
}

async function main({ help, ...options }: z.infer<typeof optionsSchema>): Promise<void> {
  if (help) return print(USAGE);
  const stack = findStack(process.env);
  const probe = createPerson('admin', 0, { secret: stack.jwtSecret, ttlSeconds: PROBE_TTL_SECONDS });
  const why = await whyNotReady(stack, probe.token);
  if (why !== undefined) throw new Error(why);
  if (await hasConsole(stack)) {
    const link = consoleLink(stack.operationsUrl, { secret: stack.jwtSecret, sub: ownName() });
    print(`See it in a browser, by this link, which is good once: ${link}\n`);
  }
  const hideStreets = await showStreets(cityOf(options.seed), streetsFileOf(ROOT));
  const isGood = await runDay(options, { stack, print, interrupted: interrupted.signal }).finally(hideStreets);
  process.exitCode = isGood ? 0 : 1;
}

function readOptions(): z.infer<typeof optionsSchema> {
  try {
    const value = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const known = { seconds: value, drivers: value, users: value, speed: value, every: value, seed: value };
    const { values } = parseArgs({ options: { ...known, quiet: flag, help: flag } });
    const parsed = optionsSchema.safeParse(values);
    if (parsed.success) return parsed.data;
    throw new Error(parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'));
  } catch (err) {
    process.exitCode = USAGE_STATUS;
    throw new Error(`${err instanceof Error ? err.message : err}\n${USAGE}`);
  }
}

/** The first ends the city early, with its summary; a second ends the process. */
function interrupt(signal: 'SIGINT' | 'SIGTERM'): void {
  if (firstSignalAt === undefined) {
    firstSignalAt = performance.now();
    interrupted.abort();
  } else if (performance.now() - firstSignalAt > SECOND_SIGNAL_AFTER_MS) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
