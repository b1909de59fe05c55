import { printable } from '@logi/contracts';
import { type Logger, type LoggerOptions, pino } from 'pino';
import { currentRequestId } from './answers/request-id.ts';

/**
 * JSON lines on standard output. Tokens never get here: requests are logged by route, not by URL, and headers not at
 * all; the redaction is a second lock on the same door. Whoever looks at them in a terminal sees what is in an id, and the
 * terminal does not obey it: of that, JSON itself escapes only a part.
 */
export function createLogger(options: { service: string; level: string }): Logger {
  const output = pino.destination(process.stdout.fd);
  const settings: LoggerOptions = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => {
      const requestId = currentRequestId();
      return requestId === undefined ? {} : { requestId };
    },
    formatters: { level: (label) => ({ level: label }) },
    redact: ['token', '*.token', 'authorization', '*.authorization', '*.headers', 'req.url', 'password', '*.password'],
  };
  return pino(settings, { write: (line) => output.write(printable(line)) });
}
