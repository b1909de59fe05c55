import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { DrivenGateway, type DrivenSocket } from '../../../../tools/testing/browser/driven-gateway.ts';
import type { Kept, Store } from './backlog.ts';
import { DriverStream, type DriverStreamOptions, type Rejection } from './driver-stream.ts';
import type { KeptPoint } from './point.ts';

type Sent = { type: string; payload: KeptPoint[] };

let tracking: DrivenGateway;
let streams: DriverStream[];
let acknowledged: number[];
let rejected: Rejection[];
let thinned: number;
let errors: { code: unknown; willRetry: boolean }[];
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
  tracking = new DrivenGateway();
  tracking.onConnect = admit;
  streams = [];
  acknowledged = [];
  rejected = [];
  thinned = 0;
  errors = [];
});
afterEach(async () => {
  await Promise.all(streams.map((stream) => stream.close()));
  jest.useRealTimers();
});

const admit = (socket: DrivenSocket) => {
  socket.readyState = 1;
  socket.onopen?.();
};
const framesOf = ({ frames }: DrivenSocket) => frames as Sent[];
const ack = (payload: object) => tracking.last.tell('ack', { rejected: [], ...payload });
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const seqsOf = (points: readonly KeptPoint[]) => points.map(({ seq }) => seq);
const lastFrame = () => seqsOf(framesOf(tracking.last).at(-1)?.payload ?? []);
/** Acknowledges whatever comes, at once. */
function answerAll(socket: DrivenSocket): void {
  socket.send = (text) => {
    const frame: Sent = JSON.parse(text);
    socket.frames.push(frame);
    socket.tell('ack', { accepted: frame.payload.length, rejected: [] });
  };
  admit(socket);
}

async function open(options: Partial<DriverStreamOptions> = {}): Promise<DriverStream> {
  const stream = new DriverStream({
    url: 'wss://tracking/v1/stream',
    getToken: () => 'token',
    WebSocket: tracking.WebSocket,
    onAcknowledged: (points) => acknowledged.push(...points.map(({ seq }) => seq ?? -1)),
    onRejected: (rejections) => rejected.push(...rejections),
    onThinned: (count) => {
      thinned += count;
    },
    onError: (error, { willRetry }) => errors.push({ code: 'code' in error ? error.code : error.message, willRetry }),
    ...options,
  });
  streams.push(stream);
  await pass(0);
  return stream;
}

function push(stream: DriverStream, from: number, to = from): void {
  for (let seq = from; seq <= to; seq += 1) stream.push({ latitude: 52, longitude: 13, seq });
}

/** On a disk that outlives who writes to it. */
function createDisk({ fail }: { fail?: () => Error | undefined } = {}) {
  const disk = new Map<number, unknown>();
  const store = (): Store => ({
    load: async () => [...disk].map(([key, value]) => ({ key, value })),
    async write({ put, remove }) {
      const error = fail?.();
      if (error) throw error;
      for (const { key, value } of put) disk.set(key, value);
      for (const key of remove) disk.delete(key);
    },
    close: async () => undefined,
  });
  return { disk, store };
}

test('points go in order, one frame at a time, and what comes meanwhile is the next one', async () => {
  const stream = await open();
  push(stream, 1, 3);
  expect(framesOf(tracking.last).map(({ payload }) => seqsOf(payload))).toEqual([[1]]);
  expect(stream.waiting).toBe(3);
  ack({ accepted: 1, seq: 1 });
  await pass(0);
  expect(lastFrame()).toEqual([2, 3]);
  ack({ accepted: 2, seq: 3 });
  await pass(0);
  expect(acknowledged).toEqual([1, 2, 3]);
  expect(stream.waiting).toBe(0);
});

test('what was not acknowledged when the line broke is sent again, in order and before what came since', async () => {
  const stream = await open();
  push(stream, 1, 2);
  ack({ accepted: 1 });
  await pass(0);
  tracking.last.end();
  push(stream, 3);
  await pass(1_000);
  expect(tracking.sockets).toHaveLength(2);
  expect(lastFrame()).toEqual([2]);
  ack({ accepted: 1 });
  await pass(0);
  expect(lastFrame()).toEqual([3]);
});

test('a frame that a line does not carry is halved until one does', async () => {
  const stream = await open();
  tracking.last.end();
  push(stream, 1, 400);
  tracking.onConnect = (socket) => {
    admit(socket);
    if ((framesOf(socket)[0]?.payload.length ?? 0) > 100) socket.end();
    else ack({ accepted: framesOf(socket)[0]?.payload.length });
  };
  await pass(60_000);
  expect(acknowledged.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
});

test('a point of 1 to 500 goes in one frame, the 501st in the next', async () => {
  const stream = await open();
  tracking.last.end();
  push(stream, 1, 501);
  await pass(1_000);
  expect(lastFrame()).toHaveLength(500);
  ack({ accepted: 500 });
  await pass(0);
  expect(lastFrame()).toEqual([501]);
});

test('what is rejected is told with its reason; what is not final is sent five times', async () => {
  const stream = await open();
  push(stream, 1);
  ack({ accepted: 0, rejected: [{ index: 0, code: 'too_old', field: 'recorded_at', final: true }] });
  await pass(0);
  expect(rejected).toMatchObject([{ point: { seq: 1 }, code: 'too_old', field: 'recorded_at', final: true }]);
  expect(stream.waiting).toBe(0);

  push(stream, 2);
  for (let tries = 1; tries <= 5; tries += 1) {
    expect(lastFrame()).toEqual([2]);
    expect(rejected).toHaveLength(1);
    ack({ accepted: 0, rejected: [{ index: 0, code: 'busy', field: 'point', final: false }] });
    await pass(6_000);
  }
  expect(rejected.slice(1)).toMatchObject([{ point: { seq: 2 }, code: 'busy', final: false }]);
  expect(stream.waiting).toBe(0);
});

test('the server’s advice to wait is taken, and for no longer than a minute', async () => {
  const stream = await open();
  push(stream, 1, 2);
  ack({ accepted: 1, wait_ms: 3_600_000 });
  for (let seconds = 0; seconds < 59; seconds += 1) {
    await pass(1_000);
    if (lastFrame().length === 0) ack({ accepted: 0 });
  }
  push(stream, 3);
  expect(lastFrame()).not.toContain(3);
  await pass(2_000);
  expect(lastFrame()).toEqual([2, 3]);
  expect(tracking.sockets).toHaveLength(1);
});

test('a line that is silent is asked by an empty list, and only a question without an answer ends it', async () => {
  const stream = await open();
  await pass(27_000);
  expect(framesOf(tracking.last)).toMatchObject([{ payload: [] }]);
  ack({ accepted: 0 });
  await pass(20_000);
  expect(tracking.sockets).toHaveLength(1);
  await pass(40_000);
  expect(tracking.sockets.length).toBeGreaterThan(1);
  expect(stream.state).toBe('open');
});

test('the answer to a question is not taken for that of the points after it', async () => {
  const stream = await open();
  await pass(27_000);
  push(stream, 1);
  ack({ accepted: 0 });
  await pass(0);
  expect(stream.waiting).toBe(1);
  ack({ accepted: 1 });
  await pass(0);
  expect(stream.waiting).toBe(0);
});

test.each([4409, 4410])('after %i nothing is tried until a person acts', async (code) => {
  const stream = await open();
  push(stream, 1);
  tracking.last.end(code);
  await pass(600_000);
  expect(tracking.sockets).toHaveLength(1);
  expect(stream.state).toBe('closed');
  expect(errors).toEqual([{ code, willRetry: false }]);
  expect(await stream.drain()).toBe(false);
  stream.connect();
  await pass(0);
  expect(lastFrame()).toEqual([1]);
});

test('when too many wait, every second of the older half goes, and is counted; the oldest and the newest stay', async () => {
  const stream = await open({ maxWaiting: 100 });
  tracking.onConnect = (socket) => socket.end();
  tracking.last.end();
  push(stream, 1, 1_000);
  expect(stream.waiting).toBeLessThanOrEqual(100);
  expect(stream.waiting + thinned).toBe(1_000);
  tracking.onConnect = answerAll;
  await pass(20_000);
  expect(acknowledged[0]).toBe(1);
  expect(acknowledged.slice(-50)).toEqual(Array.from({ length: 50 }, (_, i) => 951 + i));
  expect(acknowledged).toEqual([...acknowledged].sort((a, b) => a - b));
});

test('what waits outlives the app in a store, and is sent first by the next one', async () => {
  const { disk, store } = createDisk();
  const before = await open({ store: store() });
  tracking.last.end(4409);
  push(before, 1, 3);
  await before.kept();
  expect(disk.size).toBe(3);

  tracking.onConnect = answerAll;
  const after = new DriverStream({
    url: 'wss://tracking/v1/stream',
    getToken: () => 'token',
    WebSocket: tracking.WebSocket,
    store: store(),
    onAcknowledged: (points) => acknowledged.push(...points.map(({ seq }) => seq ?? -1)),
  });
  streams.push(after);
  push(after, 4); // before the store was read
  await pass(0);
  expect(await after.drain()).toBe(true);
  await after.kept();
  expect(acknowledged).toEqual([1, 2, 3, 4]);
  expect(disk.size).toBe(0);
});

test('a store that is full is told, made room in, and used again', async () => {
  let isFull = true;
  const fail = () => (isFull ? Object.assign(new Error('no space'), { name: 'QuotaExceededError' }) : undefined);
  const { disk, store } = createDisk({ fail });
  const stream = await open({ store: store() });
  tracking.last.end(4409);
  push(stream, 1, 1_000);
  await pass(0);
  expect(errors).toContainEqual({ code: 'store_failed', willRetry: true });
  expect(thinned).toBe(250);
  expect(stream.waiting).toBe(750);
  isFull = false;
  await pass(5_000);
  expect(disk.size).toBe(750);
});

test('a store that cannot be read is told and left alone, and points go from memory', async () => {
  const write = jest.fn<Store['write']>();
  const load = async (): Promise<Kept[]> => {
    throw new Error('corrupt');
  };
  const stream = await open({ store: { load, write, close: async () => undefined } });
  push(stream, 1);
  expect(lastFrame()).toEqual([1]);
  expect(errors).toEqual([{ code: 'store_failed', willRetry: true }]);
  expect(write).not.toHaveBeenCalled();
});

test('while another tab has the store nothing is sent, and nothing is lost', async () => {
  const { store } = createDisk();
  let letGo = (): void => undefined;
  const turn = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const stream = await open({ store: { ...store(), load: () => turn.then(() => []) } });
  push(stream, 1);
  await pass(60_000);
  expect(tracking.sockets).toHaveLength(0);
  expect(stream.state).toBe('waiting');
  letGo();
  await pass(0);
  expect(lastFrame()).toEqual([1]);
});

test('a stream that was closed takes no more points, and says so', async () => {
  const stream = await open();
  await stream.close();
  expect(() => push(stream, 1)).toThrow(/closed/);
});

test('null, NaN and what is no number are left out, and a time is given where there is none', async () => {
  const stream = await open();
  stream.push({ latitude: 52, longitude: 13, speed: null, heading: Number.NaN, accuracy: 5 });
  const [point] = framesOf(tracking.last)[0]?.payload ?? [];
  expect(point).toEqual({ latitude: 52, longitude: 13, accuracy: 5, recorded_at: expect.any(String) });
});

test('without a WebSocket the constructor says so', () => {
  const own = globalThis.WebSocket;
  Object.assign(globalThis, { WebSocket: undefined });
  try {
    expect(() => new DriverStream({ url: 'wss://x', getToken: () => '' })).toThrow(/WebSocket/);
  } finally {
    Object.assign(globalThis, { WebSocket: own });
  }
});
