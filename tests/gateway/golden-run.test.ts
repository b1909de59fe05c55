import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type System, startSystem } from '../support/services/system.ts';
import { ANA, BOB, DRA, DRO, OPS, SETTINGS, Stage } from './golden-stage.ts';

/*
 * The golden run: what connections in the default mode get, to the letter. Clients that we do not know rely on it, so each
 * scene is played on the real system and compared with what was recorded in golden/default-mode.txt, connection by
 * connection and in order. Beside them Ana and Dro each have a connection in `logi.v2`, which must change nothing.
 *
 * A difference is a change of the specification, until somebody who may decide that says otherwise. To record anew:
 *   GOLDEN_RECORD=1 npm test -- tests/gateway/golden-run.test.ts
 * which fails on purpose, so that it goes unnoticed nowhere. Read the difference of the file before it is committed.
 */

const SCENES: Record<string, (stage: Stage) => Promise<void>> = {
  async 'a whole life'(stage) {
    await stage.comesOnDuty(DRA);
    const bobs = await stage.books(BOB);
    await stage.takes(DRA, bobs);
    await stage.comesOnDuty(DRO);
    const anas = await stage.books(ANA);
    await stage.isAsked(DRO, anas);
    await stage.sendsPoint(DRO, 52.5201); // not yet accepted
    await stage.accepts(DRO, anas);
    await stage.drives(DRO, anas, 52.5202);
    await stage.advances(DRO, anas, 'En Route to Pickup');
    await stage.drives(DRO, anas, 52.5203);
    await stage.advances(DRO, anas, 'Arrived at Pickup', 'Goods Collected', 'In Transit');
    await stage.drives(DRO, anas, 52.5204);
    await stage.drives(DRO, anas, 52.5205);
    await stage.advances(DRO, anas, 'Arrived at Drop-off');
    await stage.isSeenAsAfter(DRO, 'Available', async () => {
      await stage.advances(DRO, anas, 'Delivered');
      await stage.sendsPoint(DRO, 52.5206);
    });
    await stage.sendsPoint(DRO, 52.5207);
    await stage.drives(DRA, bobs, 52.5201); // behind Dro's in one queue
    await stage.isSeenAsAfter(DRA, 'Available', () => stage.cancels(BOB, bobs, 'Cancelled'));
  },

  async 'the user cancels'(stage) {
    // While it is scheduled, while nobody is asked, while a driver is asked, and when it is accepted.
    const scheduled = await stage.books(ANA, { scheduledAt: new Date(Date.now() + 86_400_000) });
    await stage.cancels(ANA, scheduled, 'Cancelled');
    await stage.cancels(ANA, await stage.books(ANA), 'Cancelled');
    await stage.comesOnDuty(DRO);
    const asked = await stage.books(ANA);
    await stage.isAsked(DRO, asked);
    await stage.isSeenAsAfter(DRO, 'Available', () => stage.cancels(ANA, asked, 'Cancelled'));
    const accepted = await stage.books(ANA);
    await stage.takes(DRO, accepted);
    await stage.drives(DRO, accepted, 52.5201);
    await stage.isSeenAsAfter(DRO, 'Available', () => stage.cancels(ANA, accepted, 'Cancelled'));
  },

  async 'a driver declines'(stage) {
    await stage.comesOnDuty(DRO);
    const anas = await stage.books(ANA);
    await stage.isAsked(DRO, anas);
    await stage.declines(DRO, anas);
    await stage.isSeenAs(DRO, 'Available');
    await stage.comesOnDuty(DRA);
    await stage.takes(DRA, anas);
    await stage.isSeenAsAfter(DRA, 'Available', () => stage.cancels(ANA, anas, 'Cancelled'));
  },

  async 'the driver cancels'(stage) {
    await stage.comesOnDuty(DRO);
    const anas = await stage.books(ANA);
    await stage.takes(DRO, anas);
    await stage.advances(DRO, anas, 'En Route to Pickup');
    await stage.drives(DRO, anas, 52.5201);
    await stage.isSeenAsAfter(DRO, 'Available', async () => {
      await stage.cancels(DRO, anas, 'Searching');
      await stage.sendsPoint(DRO, 52.5202);
    });
    await stage.comesOnDuty(DRA);
    await stage.takes(DRA, anas);
    await stage.drives(DRA, anas, 52.5203);
    await stage.isSeenAsAfter(DRA, 'Available', () => stage.cancels(ANA, anas, 'Cancelled'));
  },

  async 'an admin reassigns'(stage) {
    await stage.comesOnDuty(DRO);
    const anas = await stage.books(ANA);
    await stage.takes(DRO, anas);
    await stage.drives(DRO, anas, 52.5201);
    await stage.comesOnDuty(DRA);
    await stage.isSeenAsAfter(DRA, 'Busy', async () => {
      await stage.isSeenAsAfter(DRO, 'Available', async () => {
        await stage.assigns(DRA, anas, 'Searching', 'Accepted');
        await stage.isToldOf(DRA, anas);
        await stage.sendsPoint(DRO, 52.5202);
      });
    });
    await stage.isFound(DRA, anas);
    await stage.drives(DRA, anas, 52.5201);
    await stage.advances(DRA, anas, 'En Route to Pickup', 'Arrived at Pickup', 'In Transit', 'Arrived at Drop-off');
    await stage.isSeenAsAfter(DRA, 'Available', () => stage.advances(DRA, anas, 'Delivered'));
  },

  async 'an admin assigns'(stage) {
    await stage.comesOnDuty(DRA, 'truck'); // so that nobody is asked
    const anas = await stage.books(ANA);
    await stage.isSeenAsAfter(DRA, 'Busy', () => stage.assigns(DRA, anas, 'Accepted'));
    await stage.isToldOf(DRA, anas);
    await stage.isFound(DRA, anas);
    await stage.drives(DRA, anas, 52.5201);
    await stage.isSeenAsAfter(DRA, 'Available', () => stage.cancels(ANA, anas, 'Cancelled'));
  },

  async 'an admin assigns the driver who is being asked'(stage) {
    await stage.comesOnDuty(DRO);
    const anas = await stage.books(ANA);
    await stage.isAsked(DRO, anas);
    await stage.assigns(DRO, anas, 'Accepted');
    await stage.isFound(DRO, anas);
    await stage.drives(DRO, anas, 52.5201);
    await stage.isSeenAsAfter(DRO, 'Available', () => stage.cancels(ANA, anas, 'Cancelled'));
  },

  async 'an admin hands over'(stage) {
    await stage.comesOnDuty(DRO);
    const anas = await stage.books(ANA);
    await stage.takes(DRO, anas);
    await stage.advances(DRO, anas, 'En Route to Pickup', 'Arrived at Pickup', 'Goods Collected', 'In Transit');
    await stage.drives(DRO, anas, 52.5201);
    await stage.comesOnDuty(DRA);
    await stage.isSeenAsAfter(DRA, 'Busy', async () => {
      await stage.isSeenAsAfter(DRO, 'Available', async () => {
        await stage.assigns(DRA, anas);
        await stage.isTakenOverBy(DRA, anas);
        await stage.sendsPoint(DRO, 52.5202);
      });
    });
    await stage.isFound(DRA, anas);
    await stage.drives(DRA, anas, 52.5203);
    await stage.advances(DRA, anas, 'Arrived at Drop-off');
    await stage.isSeenAsAfter(DRA, 'Available', () => stage.advances(DRA, anas, 'Delivered'));
  },

  async 'nobody is found'(stage) {
    const hasty = await stage.system.start.booking({ SEARCH_TIMEOUT_MS: '300' });
    const anas = await stage.books(ANA, { bookingUrl: `http://127.0.0.1:${hasty.port()}` });
    await stage.becomes(anas, 'No Driver Found');
    await hasty.stop();
  },

  async 'the goods go back'(stage) {
    await stage.comesOnDuty(DRO);
    const anas = await stage.books(ANA);
    await stage.takes(DRO, anas);
    await stage.advances(DRO, anas, 'En Route to Pickup', 'Arrived at Pickup', 'Goods Collected');
    await stage.cancels(ANA, anas, 'Returning');
    await stage.drives(DRO, anas, 52.5201);
    await stage.isSeenAsAfter(DRO, 'Available', () => stage.advances(DRO, anas, 'Returned'));
  },

  async 'people go away and come back'(stage) {
    const anaAway = await stage.listens(ANA, '', 'until it is accepted');
    const opsAway = await stage.listens(OPS, '', 'until it is accepted');
    const droAway = await stage.listens(DRO, '', 'until it is offered');
    await stage.comesOnDuty(DRO);
    await droAway.goesAway();
    const anas = await stage.books(ANA);
    await stage.isAsked(DRO, anas);
    await stage.listens(DRO, '', 'from the offer on');
    await stage.accepts(DRO, anas);
    await anaAway.hears('driver_location', { latitude: 52.52 });
    await opsAway.hears('status_update', { status: 'Accepted' });
    for (const away of [anaAway, opsAway]) await away.goesAway();
    await stage.drives(DRO, anas, 52.5201);
    await stage.advances(DRO, anas, 'En Route to Pickup', 'Arrived at Pickup');
    for (const query of ['', '?types=driver_location']) {
      const back = await stage.listens(ANA, query, 'from the pickup on');
      await back.hears('driver_location', { latitude: 52.5201 });
    }
    await stage.listens(OPS, '', 'from the pickup on');
    await stage.drives(DRO, anas, 52.5202);
    await stage.advances(DRO, anas, 'In Transit', 'Arrived at Drop-off');
    await stage.isSeenAsAfter(DRO, 'Available', () => stage.advances(DRO, anas, 'Delivered'));
    await stage.listens(ANA, '', 'after the end');
  },
};

const FILE = new URL('golden/default-mode.txt', import.meta.url);
const TITLE = '# What connections in the default mode get. Written by golden-run.test.ts, which says how.';
const NOTHING = '(nothing)';
const isRecording = process.env['GOLDEN_RECORD'] === '1';

/** What was got, by scene and connection. */
type Run = Map<string, string[]>;

let system: System;
const received: Run = new Map();
let recorded: Run;
beforeAll(async () => {
  system = await startSystem(SETTINGS);
  for (const [scene, play] of Object.entries(SCENES)) {
    const run = await perform(scene, play);
    for (const [connection, texts] of run) received.set(`${scene} | ${connection}`, texts);
  }
  if (isRecording) await writeFile(FILE, toText(received));
  recorded = toRun(await readFile(FILE, 'utf8'));
}, 180_000);
afterAll(() => system.stop());

async function perform(scene: string, play: (stage: Stage) => Promise<void>): Promise<Run> {
  try {
    const stage = await Stage.open(system);
    await play(stage);
    return withoutIds(await stage.close());
  } catch (cause) {
    throw new Error(`${scene}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** Ids are new each time; they are numbered in the order in which they appear, scene by scene. */
function withoutIds(run: Run): Run {
  const numbers = new Map<string, number>();
  const replace = (id: string) => {
    numbers.set(id, numbers.get(id) ?? numbers.size + 1);
    return `<id ${numbers.get(id)}>`;
  };
  return new Map([...run].map(([name, texts]) => [name, texts.map((text) => text.replace(UUID, replace))]));
}
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

function toText(run: Run): string {
  const parts = [...run].map(([name, texts]) => [
    name,
    ...(texts.length > 0 ? texts : [NOTHING]).map((text) => `  ${text}`),
  ]);
  return [[TITLE], ...parts].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function toRun(text: string): Run {
  const parts = text.trimEnd().split('\n\n').slice(1);
  return new Map(
    parts.map((part) => {
      const [name = '', ...texts] = part.split('\n  ');
      return [name, texts.filter((line) => line !== NOTHING)];
    }),
  );
}

test('the scenes and connections are those that were recorded', () => {
  expect([...received.keys()]).toEqual([...recorded.keys()]);
});

test.each(Object.keys(SCENES))('%s: every connection in the default mode gets what was recorded', (scene) => {
  for (const [name, texts] of received) if (name.startsWith(`${scene} | `)) expectSame(name, texts, recorded.get(name));
});

function expectSame(name: string, texts: string[], golden: string[] = []): void {
  const length = Math.max(texts.length, golden.length);
  for (let i = 0; i < length; i += 1) {
    if (texts[i] === golden[i]) continue;
    const [was, is] = [golden[i] ?? NOTHING, texts[i] ?? NOTHING];
    throw new Error(`${name}: message ${i + 1} of ${length} differs\n  expected ${was}\n  received ${is}`);
  }
}

test('nothing was recorded anew', () => {
  if (isRecording) throw new Error('recorded anew: read the difference, then run again without GOLDEN_RECORD');
});
