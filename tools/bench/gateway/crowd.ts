import { once } from 'node:events';
import { signToken } from '@logi/auth';
import { WebSocket } from 'ws';
import { ageMs } from './event-source.ts';

/** What a process of many clients is given, as JSON in the first argument. */
export type CrowdOrder = { port: number; secret: string; users: string[] };
/** What it is asked: to forget how long messages took until now, how many have come, how long they took. */
export type CrowdQuestion = 'forget' | 'heard' | 'waits';

const CONNECTS_AT_ONCE = 50;
const BEFORE_ID = '"booking_id":"';
const ID_LENGTH = 36;

const { port, secret, users }: CrowdOrder = JSON.parse(process.argv[2] ?? '{}');
let heard = 0;
let waits: number[] = [];

const waiting = users.values();
await Promise.all(
  Array.from({ length: CONNECTS_AT_ONCE }, async () => {
    for (const sub of waiting) {
      const token = signToken({ role: 'user', sub, ttlSeconds: 3_600, secret });
      const ws = new WebSocket(`ws://127.0.0.1:${port}/ws?token=${token}`, { perMessageDeflate: false });
      ws.on('message', hear);
      await once(ws, 'open');
    }
  }),
);
process.on('message', (question: CrowdQuestion) => answer(question));
process.send?.('connected');

/** Looks at no more than it must: the crowd shares its cores with the server. */
function hear(data: Buffer): void {
  const at = data.indexOf(BEFORE_ID);
  if (at === -1) return;
  heard += 1;
  const from = at + BEFORE_ID.length;
  waits.push(ageMs(data.toString('latin1', from, from + ID_LENGTH)));
}

function answer(question: CrowdQuestion): void {
  if (question === 'forget') waits = [];
  process.send?.(question === 'waits' ? waits : heard);
}
