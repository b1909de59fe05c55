import { setTimeout } from 'node:timers/promises';
import type { AuditAct } from '@logi/contracts';
import {
  countKept,
  discardKept,
  findLetters,
  type KeptLetter,
  listDecided,
  listKept,
  replayKept,
} from '@logi/events/dead-letters';
import { Publisher, publishAct } from '@logi/messaging';
import { commonSettings } from '@logi/service';
import { Failure } from '../ending.ts';
import { print, printJson } from '../output.ts';
import { type Letters, log } from './letters.ts';
import type { Options } from './options.ts';
import { letterAsJson, renderDecided, renderKept, renderLetter, renderLine, wholeLetterAsJson } from './render.ts';

const LISTED = 50;
const BROKER_TIMEOUT_MS = 15_000;
const BROKER_POLL_MS = 20;

export async function list({ db, moved }: Letters, { filter, limit = LISTED, decided, json }: Options): Promise<void> {
  const page = { ...filter, limit };
  if (decided) {
    const letters = await listDecided(db, page);
    return json ? printJson({ moved, items: letters.map(letterAsJson) }) : print(renderDecided(letters));
  }
  const letters = await listKept(db, page);
  const counts = await countKept(db, filter);
  if (!json) return print(renderKept(letters, counts));
  printJson({ moved, counts: Object.fromEntries(counts), items: letters.map(letterAsJson) });
}

export async function show({ db }: Letters, { messageId, json }: Options & { messageId: string }): Promise<void> {
  const letters = await findLetters(db, messageId);
  if (letters.length === 0) throw new Failure(`no message ${messageId} has died`);
  if (json) printJson({ items: letters.map(wholeLetterAsJson) });
  else print(letters.map(renderLetter).join('\n\n'));
}

export async function discard(letters: Letters, options: Options): Promise<void> {
  if (options.dryRun) return tellOnly('discard', letters, options);
  const { filter, limit, by, json } = options;
  const discarded = await onRecord('dead_letters.discarded', letters, {
    options,
    work: () => discardKept(letters.db, { filter, limit, by }),
  });
  if (json) printJson({ discarded });
  else print(`discarded ${discarded}`);
}

export async function replay(letters: Letters, options: Options): Promise<void> {
  if (options.dryRun) return tellOnly('replay', letters, options);
  const { filter, limit, by, json } = options;
  const { replayed, failure } = await onRecord('dead_letters.replayed', letters, {
    options,
    work: (publisher) => replayKept(letters.db, { filter, limit, by, publisher }),
  });
  if (json) printJson({ replayed });
  else print(`replayed ${replayed}`);
  if (failure !== undefined) throw new Failure(`the rest is still here: ${failure}`);
}

/** What is decided is put on record first, by the same broker that a letter is sent back by. */
async function onRecord<Result>(
  act: AuditAct,
  { amqpUrl }: Letters,
  { options, work }: { options: Options; work: (publisher: Publisher) => Promise<Result> },
): Promise<Result> {
  const { filter, limit, by } = options;
  const shards = commonSettings.shape.WORK_QUEUE_SHARDS.parse(process.env['WORK_QUEUE_SHARDS']);
  const publisher = new Publisher({ url: amqpUrl, name: 'dlq', log, shards });
  publisher.start();
  try {
    const deadline = Date.now() + BROKER_TIMEOUT_MS;
    while (!publisher.isReady && Date.now() < deadline) await setTimeout(BROKER_POLL_MS);
    await publishAct(publisher, {
      actor: { role: 'operator', id: by },
      act,
      subject: { kind: 'dead_letters', id: filter.messageId ?? filter.queue ?? 'all' },
      address: null,
      details: { ...filter, limit },
    });
    return await work(publisher);
  } finally {
    await publisher.stop();
  }
}

async function tellOnly(decision: string, { db }: Letters, { filter, limit, json }: Options): Promise<void> {
  const letters: KeptLetter[] = await listKept(db, { ...filter, limit: limit ?? LISTED });
  const matching = [...(await countKept(db, filter)).values()].reduce((sum, count) => sum + count, 0);
  const count = Math.min(matching, limit ?? matching);
  if (json) return printJson({ would: decision, count, items: letters.map(letterAsJson) });
  for (const letter of letters) print(renderLine(letter));
  print(`${decision} would decide ${count}`);
}
