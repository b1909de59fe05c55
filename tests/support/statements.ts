import { currentTraceparent } from '@logi/events';
import pg from 'pg';

/**
 * What services of this process ask of the database in one transaction, or alone: the texts, in order, and how often they
 * wait for answers before they ask on.
 */
export type Asked = { texts: string[]; trips: number; isOver: boolean };

type Statement = { text: string; before: readonly { text: string }[]; callback: (...answer: unknown[]) => void };

/**
 * Notes each statement by the trace it is asked under, which goes from a request through events to all that follows it.
 * Ends with `stop`.
 */
export function noteStatements(): { of: (traceId: string) => Asked[]; stop: () => void } {
  const prototype = pg.Client.prototype;
  const query: unknown = Reflect.get(prototype, 'query');
  if (typeof query !== 'function') throw new Error('a client asks by other means now');
  const byTrace = new Map<string, Asked[]>();
  const open = new WeakMap<object, Asked>();
  const unanswered = new WeakMap<object, number>();
  const note = (client: object, { text, before }: Statement) => {
    const texts = [...before, { text }].map((each) => each.text);
    if (texts[0] === 'begin') open.set(client, { texts: [], trips: 0, isOver: false });
    const asked = open.get(client) ?? { texts: [], trips: 0, isOver: true };
    asked.texts.push(...texts.filter((each) => !['begin', 'commit', 'rollback'].includes(each)));
    if ((unanswered.get(client) ?? 0) === 0) asked.trips += 1;
    if (text === 'commit' || text === 'rollback') {
      asked.isOver = true;
      open.delete(client);
    }
    keep(asked);
  };
  const keep = (asked: Asked) => {
    const traceId = currentTraceparent()?.split('-')[1] ?? '';
    const known = byTrace.get(traceId) ?? [];
    if (!known.includes(asked)) known.push(asked);
    byTrace.set(traceId, known);
  };
  const awaitAnswer = (client: object, statement: Statement) => {
    const { callback } = statement;
    unanswered.set(client, (unanswered.get(client) ?? 0) + 1);
    statement.callback = (...answer) => {
      unanswered.set(client, (unanswered.get(client) ?? 0) - 1);
      callback(...answer);
    };
  };
  Reflect.set(prototype, 'query', function (this: object, ...args: unknown[]) {
    const [first] = args;
    if (isStatement(first)) {
      note(this, first);
      awaitAnswer(this, first);
    }
    return Reflect.apply(query, this, args);
  });
  return {
    of: (traceId) => byTrace.get(traceId) ?? [],
    stop: () => {
      Reflect.set(prototype, 'query', query);
    },
  };
}

/** Ours: statement.ts of libs/persistence. */
function isStatement(asked: unknown): asked is Statement {
  return typeof asked === 'object' && asked !== null && 'before' in asked;
}
