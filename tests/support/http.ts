// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape; the assertions say what is expected
export type Answer = { status: number; body: any; headers: Headers };

export type Request = { token?: string; body?: unknown; headers?: Record<string, string> };

/** One HTTP call with JSON in and out. */
export async function call(method: string, url: string, { token, body, headers = {} }: Request = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
}

/** Tries again until `probe` no longer throws, and fails with its last error. Waits for facts, not for time. */
export async function eventually<Result>(probe: () => Promise<Result> | Result, timeoutMs = 15_000): Promise<Result> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await probe();
    } catch (err) {
      if (Date.now() > deadline) throw err;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
