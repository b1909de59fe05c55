import type { IncomingMessage } from 'node:http';
import { DomainError } from '@logi/contracts';

/** RFC 9112, 3.2: one Host, in HTTP/1.1. Two are joined by a comma, and a name has none. */
export function checkHost({ headers, httpVersion }: IncomingMessage): void {
  const { host } = headers;
  if (host === undefined ? httpVersion !== '1.1' : !host.includes(',')) return;
  throw new DomainError('invalid_request', { message: 'Exactly one Host header is required' });
}
