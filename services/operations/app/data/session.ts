import { serverNow, setServerTime } from './clock.ts';
import { createStore, useStore } from './store.ts';

/*
 *   out      --(a code is exchanged, or a token pasted)--> checking
 *   checking --(the service takes it)---------------------> in         with whose it is, and until when
 *   checking --(it does not, or does not answer)----------> out        with why
 *   in       --(its token ends, or is refused)------------> ended      what is on the screen stays, and nothing is asked
 *   ended    --(another token)----------------------------> in
 *   in       --(sign out)---------------------------------> out
 */
export type Session =
  | { is: 'out'; why?: Problem }
  | { is: 'checking' }
  | { is: 'in'; token: string; sub: string; expiresAt: number }
  | { is: 'ended'; sub: string; why?: Problem };

export type Problem = { message: string; code?: string; requestId?: string };

/** Of this tab, and gone with it. */
const KEPT = 'logi.token';
const CODE_TYPE = 'logi-sign-in+jwt';

export const session = createStore<Session>({ is: 'checking' });
let ending: ReturnType<typeof setTimeout> | undefined;

export function useSession(): Session {
  return useStore(session);
}

/** The token to ask with; undefined while nobody is signed in. */
export function currentToken(): string | undefined {
  const now = session.get();
  return now.is === 'in' ? now.token : undefined;
}

/** By the link that was opened, or by what this tab knows still. */
export async function resumeSession(): Promise<void> {
  const code = /^#code=([\w.-]+)$/.exec(location.hash)?.[1];
  if (code !== undefined) {
    history.replaceState(null, '', location.pathname); // it is good once, and nobody is to find it in the address
    await signIn(code);
    return;
  }
  const kept = sessionStorage.getItem(KEPT);
  if (kept === null) session.set({ is: 'out' });
  else await take(kept);
}

const UNREACHABLE = 'The console’s service does not answer. Is it running?';

/** With whatever was pasted: a link, its code, or a token. Returns why not. */
export async function signIn(pasted: string): Promise<Problem | undefined> {
  const text = pasted.trim().replace(/^bearer\s+/i, '');
  const given = /#code=([\w.-]+)/.exec(text)?.[1] ?? text;
  if (typeOf(given) !== CODE_TYPE) return take(given);
  begin();
  const answer = await post('/v1/sign-in', { code: given });
  return answer.ok ? take((answer.body as { token: string }).token) : refuse(answer.problem);
}

export function signOut(): void {
  sessionStorage.removeItem(KEPT);
  clearTimeout(ending);
  session.set({ is: 'out' });
}

/** The token is no longer taken: it has ended, or an operator has ended it. */
export function endSession(why?: Problem): void {
  const now = session.get();
  if (now.is !== 'in') return;
  sessionStorage.removeItem(KEPT);
  clearTimeout(ending);
  session.set({ is: 'ended', sub: now.sub, ...(why && { why }) });
}

async function take(token: string): Promise<Problem | undefined> {
  begin();
  const answer = await post('/v1/session', undefined, token);
  if (!answer.ok) return refuse(answer.problem);
  const { sub, expires_at, now } = answer.body as { sub: string; expires_at: string; now: string };
  setServerTime(now);
  const expiresAt = Date.parse(expires_at);
  sessionStorage.setItem(KEPT, token);
  clearTimeout(ending);
  // A timer holds 24 days at the most; whoever is there for longer is told by a refusal.
  ending = setTimeout(() => endSession(), Math.min(expiresAt - serverNow(), 2_147_483_647));
  session.set({ is: 'in', token, sub, expiresAt });
  return undefined;
}

/** Whoever is there already sees on, while another token is looked at. */
function begin(): void {
  if (session.get().is === 'out') session.set({ is: 'checking' });
}

/** Whoever is there already stays: the old token may be good still. */
function refuse(why: Problem): Problem {
  const now = session.get();
  if (now.is === 'in' || now.is === 'ended') return why;
  sessionStorage.removeItem(KEPT);
  session.set({ is: 'out', why });
  return why;
}

type Answer = { ok: true; body: unknown } | { ok: false; problem: Problem };

/** Apart from api.ts, which needs a session. */
async function post(path: string, body: object | undefined, token?: string): Promise<Answer> {
  try {
    const response = await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    return response.ok ? { ok: true, body: answer } : { ok: false, problem: problemIn(answer) };
  } catch {
    return { ok: false, problem: { message: UNREACHABLE } };
  }
}

/** What an answer of ours says when it refuses. */
export function problemIn(answer: unknown): Problem {
  const { error } = (answer ?? {}) as { error?: { code: string; message: string; request_id: string } };
  if (!error) return { message: 'It was refused, and the answer does not say why.' };
  if (error.code === 'forbidden') {
    return {
      message: 'This is not an admin’s token. The console is for people who run the stack.',
      code: error.code,
      requestId: error.request_id,
    };
  }
  return { message: error.message, code: error.code, requestId: error.request_id };
}

function typeOf(token: string): unknown {
  try {
    const [header = ''] = token.split('.');
    return JSON.parse(atob(header.replaceAll('-', '+').replaceAll('_', '/'))).typ;
  } catch {
    return undefined;
  }
}
