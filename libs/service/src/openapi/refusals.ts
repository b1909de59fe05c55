import { apiSchemas, ERROR_CODES, ERROR_DETAIL_EXAMPLES, ERROR_DETAILS, type ErrorCode, ROLES } from '@logi/contracts';
import { z } from 'zod';
import type { Operation } from './operation.ts';
import { pascalCase } from './pascal-case.ts';

/** What any call may meet: the line, the framework, the doors. */
const OF_ALL: readonly ErrorCode[] = [
  'invalid_request',
  'request_timeout',
  'unsupported_media_type',
  'expectation_failed',
  'rate_limited',
  'headers_too_large',
  'internal',
  'unavailable',
];
const OF_IDENTIFIED: readonly ErrorCode[] = ['unauthenticated', 'token_revoked', 'blocked'];
const details = new Map<string, z.ZodType>(Object.entries(ERROR_DETAILS));
const detailExamples = new Map<string, unknown>(Object.entries(ERROR_DETAIL_EXAMPLES));

/** Every code that this call can answer. */
export function refusalsOf({ method, path, roles, config, schema }: Operation): ErrorCode[] {
  const codes = new Set<ErrorCode>([...OF_ALL, ...(schema.errors ?? [])]);
  if (roles.length > 0) for (const code of OF_IDENTIFIED) codes.add(code);
  if (roles.length > 0 && roles.length < ROLES.length) codes.add('forbidden');
  if (path.includes('{')) codes.add('not_found'); // a parameter that is longer than any of ours
  if (method !== 'GET') {
    codes.add('payload_too_large');
    if (!config.isForTrackers) codes.add('invalid_json');
  }
  // To a tracker, what is to be sent again is a 503.
  const isSaid = (code: ErrorCode) => !config.isForTrackers || ERROR_CODES[code].status !== 429;
  return [...codes].filter(isSaid).sort();
}

/** The schema of an error, of which there is one for each code: so a client knows what it may be told. */
export const REFUSALS = Object.fromEntries(
  Object.entries(ERROR_CODES).map(([code, { meaning }]) => {
    const detail = details.get(code);
    const error = { code: z.literal(code), message: z.string().describe('For people') };
    const example = { code, message: meaning, ...(detail && { details: detailExamples.get(code) }), request_id: 'a1' };
    const refusal = z
      .object({
        error: z.object({
          ...error,
          ...(detail && { details: detail }),
          request_id: z.string().describe('As x-request-id: by it, the request is found in our logs'),
        }),
      })
      .describe(meaning);
    apiSchemas.add(refusal, { id: `${pascalCase(code)}Error`, examples: [{ error: example }] });
    return [code, refusal];
  }),
) as unknown as Record<ErrorCode, z.ZodType>; // made of all codes
