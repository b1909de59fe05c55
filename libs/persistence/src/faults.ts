import pg from 'pg';

/** No connection to the database could be had: it is away, full, closed to us, or does not know us. */
export class DatabaseAway extends Error {
  constructor(cause: unknown) {
    super('no connection to the database', { cause });
    this.name = 'DatabaseAway';
  }
}

/** SQLSTATE of a deadlock or a serialization failure: the transaction did nothing and may be run again. */
const CONFLICT_STATES = new Set(['40001', '40P01']);

/** SQLSTATE classes and codes of a server that ends a session or runs short: 08 connection, 53 resources. */
const OUTAGE_CLASSES = ['08', '53'];
const OUTAGE_STATES = new Set(['57P01', '57P02', '57P03', '57P05', '25P03']);
/** SQLSTATE of a lock that was not to be had in time, and of a statement that took too long: ours are small ones. */
const TOO_SLOW_STATES = new Set(['55P03', '57014']);
/** SQLSTATE of a change that a standby is asked for, or a primary that is being handed over: another server takes it. */
const READ_ONLY_STATE = '25006';
/** What a query ends with when its connection breaks. */
const OUTAGE_ERRNOS = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);
/** The same, where `pg` gives no code. */
const OUTAGE_MESSAGE = /^(Connection terminated|Client has encountered a connection error)/;

/** Whether to run the transaction again from its start. */
export function isTransactionConflict(err: unknown): boolean {
  return err instanceof pg.DatabaseError && (CONFLICT_STATES.has(err.code ?? '') || isStalePlan(err));
}

/** A prepared statement whose columns have changed since. Its SQLSTATE, 0A000, says no more than "not supported". */
export function isStalePlan(err: unknown): boolean {
  return err instanceof pg.DatabaseError && err.code === '0A000' && err.routine === 'RevalidateCachedQuery';
}

/** Whether the database kept this transaction waiting for too long, as where a disk or the holder of a lock is frozen. */
export function isTimeout(err: unknown): boolean {
  return err instanceof pg.DatabaseError && TOO_SLOW_STATES.has(err.code ?? '');
}

/** Whether this server takes no changes, now or for as long as the connection lasts. */
export function isReadOnly(err: unknown): boolean {
  return err instanceof pg.DatabaseError && err.code === READ_ONLY_STATE;
}

/** True when the database could not be asked, or kept us waiting, as opposed to having refused what it was asked. */
export function isOutage(err: unknown): boolean {
  if (!Error.isError(err)) return false; // also one of another realm, such as a test runner's
  if (err instanceof DatabaseAway || isTimeout(err) || isReadOnly(err)) return true;
  if (err instanceof pg.DatabaseError) {
    const state = err.code ?? '';
    return OUTAGE_STATES.has(state) || OUTAGE_CLASSES.includes(state.slice(0, 2));
  }
  if ('code' in err && OUTAGE_ERRNOS.has(String(err.code))) return true;
  return OUTAGE_MESSAGE.test(err.message);
}
