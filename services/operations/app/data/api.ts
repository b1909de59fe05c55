import { currentToken, endSession, type Problem, problemIn } from './session.ts';

/** A call that was refused, or got no answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, { message, code, requestId }: Problem) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

export type Query = Record<string, string | number | boolean | undefined>;
type Call = {
  method?: string;
  query?: Query | undefined;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

/** Asks a service. What it answers is as its contract says: they are released together. */
export async function ask<Answer>(
  path: string,
  { method = 'GET', query, body, headers, signal }: Call = {},
): Promise<Answer> {
  const token = currentToken();
  if (token === undefined) throw new Refusal(401, { message: 'Nobody is signed in.' });
  const response = await fetch(urlOf(path, query), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new Refusal(0, { message: 'The console’s service does not answer.' });
  });
  const text = await response.text();
  const answer: unknown = text === '' ? undefined : parse(text);
  if (response.ok) return answer as Answer;
  const problem = problemIn(answer);
  if (response.status === 401) endSession(problem);
  throw new Refusal(response.status, problem);
}

/** A part of a path: ids are any text. */
export function segment(id: string): string {
  return encodeURIComponent(id);
}

function urlOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
