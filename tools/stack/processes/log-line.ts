import { parseJson, printable } from '@logi/contracts';
import { z } from 'zod';

const entry = z.looseObject({ level: z.string(), time: z.iso.datetime(), msg: z.string().default('') });
const loggedError = z.looseObject({ message: z.string(), stack: z.string().optional() });

/** A service's JSON line as a person reads it: time, level, message, `key=value`. Anything else stays as it is. */
export function formatLogLine(line: string): string {
  const parsed = entry.safeParse(parseJson(line));
  if (!parsed.success) return printable(line);
  const { level, time, msg, service, err, ...fields } = parsed.data;
  const words = [time.slice(11, 23), level.toUpperCase().padEnd(5), msg];
  for (const [key, value] of Object.entries(fields)) words.push(`${key}=${formatValue(value)}`);
  const error = loggedError.safeParse(err);
  if (error.success) words.push(`\n  ${(error.data.stack ?? error.data.message).replaceAll('\n', '\n  ')}`);
  return printable(words.join(' '));
}

function formatValue(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
