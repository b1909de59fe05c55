/** As ids of the gateway are: opaque, and growing as text. */
export function idOf(offset: number): string {
  return `${offset.toString(16).padStart(12, '0')}-000000-9d3f6b21`;
}

const BOOKING_ID = '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11';

/** An event of a booking's, the n-th. */
export function event(n: number, more: object = {}): { type: string; id: string; [key: string]: unknown } {
  return {
    user_id: 'ana',
    type: 'status_update',
    payload: {
      booking_id: BOOKING_ID,
      status: 'In Transit',
      previous_status: 'Goods Collected',
      driver_id: 'dro',
      actor: 'driver',
      reason: null,
      version: n,
      ...more,
    },
    id: idOf(n),
    at: new Date(Date.UTC(2026, 0, 31, 12) + n * 1_000).toISOString(),
  };
}

export function events(from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
}

/** What the gateway says of the connection. */
export function control(type: string, payload: object, id?: number): object {
  return { user_id: '', type, payload, ...(id !== undefined && { id: idOf(id) }), at: new Date().toISOString() };
}
