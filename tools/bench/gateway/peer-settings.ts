/** The queue that feeds the peers; our gateway reads its stream. */
export const BENCH_QUEUE = 'bench';
export const PLAIN_PREFETCH = 100;
/** What a server prints once it can be connected to. */
export const LISTENING = 'listening';

type StatusChange = { data: { booking_id: string; user_id: string; status: string } };
type Position = { booking_id: string; user_id: string; latitude: number; longitude: number };
type Message = { userId: string; envelope: { user_id: string; type: string; payload: object } };

/** The messages that each peer makes of an event, or of positions, without looking twice at what it says. */
export function messagesOf(read: StatusChange | { positions: readonly Position[] }): Message[] {
  if ('positions' in read) return read.positions.map(driverLocationOf);
  const { booking_id, user_id, status } = read.data;
  return [{ userId: user_id, envelope: { user_id, type: 'status_update', payload: { booking_id, status } } }];
}

function driverLocationOf({ booking_id, user_id, latitude, longitude }: Position): Message {
  return {
    userId: user_id,
    envelope: { user_id, type: 'driver_location', payload: { booking_id, latitude, longitude } },
  };
}
