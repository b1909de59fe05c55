import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE_CODES } from '@logi/contracts';
import type { Line } from '../line.ts';
import { type Case, Fault, type Stage, show } from '../stage.ts';
import { staysAway } from './steps.ts';

const COUNT = 40;
const { replaced, ended_by_operator, bad_frame } = CLOSE_CODES;
const FINAL = [replaced, ended_by_operator, bad_frame];
const COMES_BACK = [CLOSE_CODES.restart, CLOSE_CODES.overloaded, CLOSE_CODES.rate_limited];

type Point = { seq: number; latitude: number };

function points(count = COUNT): Point[] {
  return Array.from({ length: count }, (_, index) => ({
    latitude: 52.5 + index / 10_000,
    longitude: 13.4,
    recorded_at: new Date(Date.UTC(2026, 0, 31, 12) + index * 1_000).toISOString(),
    seq: index + 1,
  }));
}

function framesOf(line: Line): Point[][] {
  return line.saidOf('location_update').map(({ payload }) => [payload as Point | Point[]].flat()); // parsed before
}

function pointsOf(line: Line): Point[] {
  return framesOf(line).flat();
}

function ack(line: Line, sent: Point[], rejected: object[] = []): void {
  const seq = sent.at(-1)?.seq;
  line.send({
    type: 'ack',
    payload: { ...(seq !== undefined && { seq }), accepted: sent.length - rejected.length, rejected },
  });
}

/** Acknowledges frames as they come, until all of these points have been heard of it. */
async function take(stage: Stage, line: Line, wanted: Point[], why: string): Promise<void> {
  let acked = 0;
  const heard = new Set<number>();
  await stage.until(() => {
    for (const frame of framesOf(line).slice(acked)) {
      acked += 1;
      for (const { seq } of frame) heard.add(seq);
      ack(line, frame);
    }
    return wanted.every(({ seq }) => heard.has(seq));
  }, why);
}

async function opened(stage: Stage, count = COUNT): Promise<Line> {
  stage.points = points(count);
  return stage.connection('It never opened a stream.');
}

/** The stream of a driver’s app: what is not acknowledged is sent again. */
export const STREAMS: Case[] = [
  {
    name: 'stream.points',
    about: 'Every point is sent, in the order in which it was recorded',
    async run(stage) {
      const line = await opened(stage);
      await take(stage, line, points(), `It did not send all ${COUNT} points that it was given.`);
      const order = pointsOf(line).map(({ seq }) => seq);
      const wrong = order.findIndex((seq, index) => seq !== index + 1);
      if (wrong !== -1) throw new Fault(`It sent the point with seq ${order[wrong]} as number ${wrong + 1}.`);
    },
  },
  {
    name: 'stream.not-acknowledged',
    about: 'What was not acknowledged when the line broke is sent again, and what was is not',
    async run(stage) {
      const line = await opened(stage);
      await stage.until(() => pointsOf(line).length > 0, 'It sent no point.');
      await sleep(300);
      const [first = []] = framesOf(line);
      ack(line, first);
      await sleep(300);
      line.break();
      const done = new Set(first.map(({ seq }) => seq));
      const next = await stage.connection('It did not come back after its line broke.');
      const left = points().filter(({ seq }) => !done.has(seq));
      await take(
        stage,
        next,
        left,
        `Of ${left.length} points that were not acknowledged it did not send all again on its next connection.`,
      );
      const again = pointsOf(next).find(({ seq }) => done.has(seq));
      if (again) throw new Fault(`It sent the point with seq ${again.seq} again, which was acknowledged.`);
    },
  },
  {
    name: 'stream.never-acknowledged',
    about: 'Points of which nothing is ever heard are kept through several broken lines',
    async run(stage) {
      let line = await opened(stage);
      for (let broken = 0; broken < 3; broken += 1) {
        await stage.until(() => pointsOf(line).length > 0, 'It sent no point.');
        line.break();
        line = await stage.connection('It did not come back after its line broke.', 40_000);
      }
      await take(
        stage,
        line,
        points(),
        'After three broken lines without an acknowledgement it did not send all of its points again.',
      );
    },
  },
  {
    name: 'stream.rejected',
    about: 'A point that was rejected as final is not sent again, nor do those beside it',
    async run(stage) {
      const line = await opened(stage);
      await stage.until(() => pointsOf(line).length > 0, 'It sent no point.');
      const refused = framesOf(line)[0]?.[0]?.seq;
      let acked = 0;
      await stage.until(() => {
        for (const frame of framesOf(line).slice(acked)) {
          acked += 1;
          ack(line, frame, acked === 1 ? [{ index: 0, code: 'invalid_point', field: 'latitude', final: true }] : []);
        }
        return pointsOf(line).length >= COUNT;
      }, 'After a point was rejected it did not send the others.');
      await sleep(500);
      line.break();
      const next = await stage.connection('It did not come back after its line broke.').catch(() => undefined); // it may have no reason to
      await sleep(2_000);
      const again = next && pointsOf(next)[0];
      if (again)
        throw new Fault(
          again.seq === refused
            ? `It sent the point with seq ${again.seq} again, which was rejected as final.`
            : `It sent ${show(again)} again, which was acknowledged.`,
        );
    },
  },
  {
    name: 'stream.malformed',
    about: 'What is no ack harms nothing, and acknowledges nothing',
    async run(stage) {
      const line = await opened(stage);
      for (const each of ['{"type":', 'null', '[]', '{}', '{"type":"ack"}', '{"type":"advice","payload":{}}'])
        line.send(each);
      await stage.until(() => pointsOf(line).length > 0, 'It sent no point after it was sent what is no ack.');
      line.break();
      const next = await stage.connection('It did not come back after its line broke.');
      await take(stage, next, points(), 'It did not send its points again, which nothing had acknowledged.');
    },
  },
  {
    name: 'stream.silent-line',
    about: 'A stream on which nothing is answered is given up, and the points are sent again',
    async run(stage) {
      const line = await opened(stage);
      await stage.until(() => pointsOf(line).length > 0, 'It sent no point.');
      line.fallSilent();
      const next = await stage.connection('For 90 s nothing was answered, and it did not open another stream.', 90_000);
      await take(stage, next, points(), 'It did not send its points again.');
    },
  },
  ...FINAL.map(
    ({ code, reason }): Case => ({
      name: `stream.close-${code}`,
      about: `${code} (${reason}) is final: it stays away, and says that it has stopped`,
      async run(stage) {
        const line = await opened(stage);
        await staysAway(stage, line, { code, reason });
      },
    }),
  ),
  ...COMES_BACK.map(
    ({ code, reason }): Case => ({
      name: `stream.close-${code}`,
      about: `After ${code} (${reason}) it comes back, and sends again what was not acknowledged`,
      async run(stage) {
        const line = await opened(stage);
        line.close(code, reason);
        const next = await stage.connection(`It did not come back after it was closed with ${code}.`, 40_000);
        await take(stage, next, points(), 'It did not send its points again.');
      },
    }),
  ),
  {
    name: 'stream.close-4401',
    about: 'After 4401 (token expired) it comes back with a new token, and sends again what was not acknowledged',
    async run(stage) {
      const line = await opened(stage);
      line.close(4401, 'token expired');
      const next = await stage.connection('It did not come back after 4401.');
      if (next.token === line.token) throw new Fault('It came back after 4401 with the token that has expired.');
      await take(stage, next, points(), 'It did not send its points again.');
    },
  },
  {
    name: 'stream.many-points',
    about: 'A backlog of 2,000 points is sent in frames of at most 500 points',
    async run(stage) {
      const line = await opened(stage, 2_000);
      await take(stage, line, points(2_000), 'It did not send its backlog of 2,000 points.');
    },
  },
];
