import { currentTraceparent } from '@logi/events';
import pg from 'pg';

/** What services of this process ask of the database in one transaction, or alone: the texts, in order. */
export type Asked = string[];

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
  const note = (client: object, text: string, isFirst: boolean) => {
    if (isFirst) open.set(client, []);
    const transaction = open.get(client);
    if (text === 'begin') open.set(client, []);
    else if (text === 'commit' || text === 'rollback') open.delete(client);
    else if (transaction?.push(text) !== undefined) keep(transaction);
    else keep([text]);
  };
  const keep = (asked: Asked) => {
    const traceId = currentTraceparent()?.split('-')[1] ?? '';
    const known = byTrace.get(traceId) ?? [];
    if (!known.includes(asked)) known.push(asked);
    byTrace.set(traceId, known);
  };
  Reflect.set(prototype, 'query', function (this: object, ...args: unknown[]) {
    const [first] = args;
    if (typeof first === 'object' && first !== null && 'text' in first) {
      note(this, String(first.text), 'begin' in first && first.begin !== undefined);
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
