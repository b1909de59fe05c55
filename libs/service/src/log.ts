import { type Logger, pino } from 'pino';

/**
 * JSON lines on standard output. Tokens never get here: requests are logged by route, not by URL, and headers not at
 * all; the redaction is a second lock on the same door.
 */
export function createLogger(options: { service: string; level: string }): Logger {
  return pino({
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['token', '*.token', 'authorization', '*.authorization', '*.headers', 'req.url', 'password', '*.password'],
  });
}
