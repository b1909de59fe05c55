import { within } from '../../tools/testing/waiting.ts';

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

/** One HTTP call whose answer is wanted as it comes. */
export async function callText(url: string, init: RequestInit = {}): Promise<{ response: Response; text: string }> {
  const over = new AbortController();
  const asking = (async () => {
    const response = await fetch(url, { ...init, signal: over.signal });
    return { response, text: await response.text() };
  })();
  try {
    return await within(asking, `the answer to ${init.method ?? 'GET'} ${url}`);
  } finally {
    over.abort();
  }
}
