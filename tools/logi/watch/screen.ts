import { setTimeout } from 'node:timers/promises';
import { CLOSE_CODES, PROTOCOL_V2, parseJson } from '@logi/contracts';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { Failure } from '../ending.ts';
import { describeRefusal, nothingAnswers } from '../stack.ts';
import type { Told } from './render.ts';

/*
 * What one person is told, for as long as somebody looks. The line is made anew whenever it breaks, as a gateway that
 * restarts breaks it; in `logi.v2` what was missed meanwhile comes after.
 *
 *   connecting --(open)------------------------------> listening
 *   connecting --(refused, or nothing there at first)-> ended, with a Failure
 *   listening  --(the line breaks)--------------------> resting
 *   listening  --(closed with a code that is final)---> ended, with a Failure
 *   resting    --(a second has passed)----------------> connecting; nothing there is then another rest
 */

const RETRY_MS = 1_000;
const MAX_REFUSAL_CHARACTERS = 4_096;
const FINAL: readonly number[] = [CLOSE_CODES.ended_by_operator.code, CLOSE_CODES.bad_frame.code];
const PLACE = z.looseObject({ id: z.string().optional() });
const told = z.looseObject({ type: z.string(), payload: z.record(z.string(), z.unknown()) });

export type ScreenOptions = {
  /** `ws://host:port/ws`. */
  url: string;
  /** Asked for each connection. */
  token: () => string;
  isV2: boolean;
  types: string | undefined;
  onMessage: (message: Told, text: string) => void;
  onNotice: (text: string) => void;
  signal: AbortSignal;
};

class NobodyThere extends Failure {}

/** Resolves when `signal` aborts; rejects when going on is pointless. */
export async function watchScreen(options: ScreenOptions): Promise<void> {
  const { onNotice, signal } = options;
  const place: { id: string | undefined } = { id: undefined };
  for (let wasThere = false; !signal.aborted; ) {
    try {
      const { code, reason } = await listen(options, place, () => {
        onNotice(wasThere ? 'connected again' : 'connected');
        wasThere = true;
      });
      if (signal.aborted) return;
      const how = `${code}${reason && ` ${reason}`}`;
      if (FINAL.includes(code)) throw new Failure(`closed by the gateway: ${how}`);
      onNotice(`the line broke (${how}): trying again`);
    } catch (err) {
      if (!(err instanceof NobodyThere) || !wasThere) throw err;
    }
    await setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** One connection, until it is over. */
function listen(
  { url, token, isV2, types, onMessage, onNotice, signal }: ScreenOptions,
  place: { id: string | undefined },
  onOpen: () => void,
): Promise<{ code: number; reason: string }> {
  const target = new URL(url);
  if (types !== undefined) target.searchParams.set('types', types);
  if (isV2 && place.id !== undefined) target.searchParams.set('last_id', place.id);
  const ws = new WebSocket(target, isV2 ? [PROTOCOL_V2] : [], { headers: { authorization: `Bearer ${token()}` } });
  const close = () => ws.close();
  signal.addEventListener('abort', close, { once: true });
  ws.on('open', onOpen);
  ws.on('message', (data) => {
    const text = data.toString();
    const message = parseJson(text);
    place.id = PLACE.safeParse(message).data?.id ?? place.id;
    const parsed = told.safeParse(message);
    if (parsed.success) onMessage(parsed.data, text);
    else onNotice(`no message of a gateway: ${text}`);
  });
  return new Promise<{ code: number; reason: string }>((resolve, reject) => {
    ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    ws.on('error', () =>
      signal.aborted ? resolve({ code: 0, reason: '' }) : reject(new NobodyThere(nothingAnswers(url).message)),
    );
    ws.on('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body = (body + text).slice(0, MAX_REFUSAL_CHARACTERS);
      });
      response.on('end', () => {
        const { statusCode = 0 } = response;
        const why = `the gateway refuses: ${describeRefusal(statusCode, body)}`;
        reject(statusCode === 503 ? new NobodyThere(why) : new Failure(why));
        ws.terminate();
      });
    });
  }).finally(() => signal.removeEventListener('abort', close));
}
