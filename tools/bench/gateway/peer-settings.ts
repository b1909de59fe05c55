/** The queue that feeds the peers; our gateway reads its stream. */
export const BENCH_QUEUE = 'bench';
export const PLAIN_PREFETCH = 100;
/** What a server prints once it can be connected to. */
export const LISTENING = 'listening';

type StatusChange = { data: { booking_id: string; user_id: string; status: string } };

/** The one message that each server makes of each event, without looking twice at what it says. */
export function statusUpdateOf({ data: { booking_id, user_id, status } }: StatusChange) {
  return { userId: user_id, envelope: { user_id, type: 'status_update', payload: { booking_id, status } } };
}
