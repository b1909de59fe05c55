import { within } from '../../tools/testing/waiting.ts';
import { checkExchange } from './api/openapi.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape; the assertions say what is expected
export type Answer = { status: number; body: any; headers: Headers };

export type Request = { token?: string; body?: unknown; headers?: Record<string, string> };

/** One HTTP call with JSON in and out. */
export async function call(method: string, url: string, { token, body, headers = {} }: Request = {}): Promise<Answer> {
  const { response, text } = await callText(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
}

/** One HTTP call whose answer is wanted as it comes; and it is one of the documented ones, or this throws. */
export async function callText(url: string, init: RequestInit = {}): Promise<{ response: Response; text: string }> {
  const { method = 'GET' } = init;
  const over = new AbortController();
  const asking = (async () => {
    const response = await fetch(url, { ...init, signal: over.signal });
    return { response, text: await response.text() };
  })();
  try {
    const { response, text } = await within(asking, `the answer to ${method} ${url}`);
    const { status, headers } = response;
    checkExchange({ method, url, body: init.body, answer: { status, text, headers } });
    return { response, text };
  } finally {
    over.abort();
  }
}
