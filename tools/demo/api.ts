import { setTimeout } from 'node:timers/promises';
import { parseJson } from '@logi/contracts';
import { z } from 'zod';
import { type ApiRequest, send } from '../testing/people/requests.ts';

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;
const RETRY_MS = 300;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export type Request = ApiRequest & {
  token: string;
  headers?: Record<string, string>;
  /** Answers that are part of the play, such as 409 when somebody else was faster. All others are reported. */
  expected: readonly number[];
};

export type Answer = { status: number; body: unknown };

/** No answer at all. */
export const NO_ANSWER = 0;

const refusal = z.object({
  error: z.object({ code: z.string(), details: z.record(z.string(), z.unknown()).optional() }),
});

export type Api = (request: Request) => Promise<Answer>;

/**
 * HTTP with a little patience: no answer and 5xx are tried again, which every call of the demo allows, since each is
 * either idempotent or refused with 409 the second time. Never throws.
 */
export function createApi(options: { onUnexpected: (what: string) => void }): Api {
  return async (request) => {
    let answer: Answer = { status: NO_ANSWER, body: undefined };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      answer = await callOnce(request);
      if (request.expected.includes(answer.status)) return answer;
      options.onUnexpected(describe(request, answer));
      if (answer.status !== NO_ANSWER && answer.status < 500) return answer;
      await setTimeout(RETRY_MS * attempt);
    }
    return answer;
  };
}

async function callOnce(request: Request): Promise<Answer> {
  try {
    const { status, text } = await send(request, { ...request, timeoutMs: TIMEOUT_MS });
    return { status, body: parseJson(text) ?? text };
  } catch (err) {
    return { status: NO_ANSWER, body: err instanceof Error ? String(err.cause ?? err) : err };
  }
}

function describe({ method, url }: Request, { status, body }: Answer): string {
  const path = new URL(url).pathname.replaceAll(UUID, '{id}');
  const parsed = refusal.safeParse(body);
  const why = parsed.success ? parsed.data.error.code : String(body).slice(0, 80);
  return `${method} ${path} → ${status === NO_ANSWER ? 'no answer' : status} ${why}`;
}

/** Where the booking was instead, as a 409 tells. */
export function statusInRefusal({ body }: Answer): string | undefined {
  const parsed = refusal.safeParse(body);
  const status = parsed.data?.error.details?.['status'];
  return typeof status === 'string' ? status : undefined;
}
