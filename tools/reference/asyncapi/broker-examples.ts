import type { BlockEntry, DriverSeen, LivePosition, WatchNotice } from '@logi/contracts';

export const MARK_ID = '0190c6f0-9c00-7b7a-a3f1-6c2d4e8f1a20';

export const POSITION: LivePosition = {
  booking_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11',
  user_id: 'ana',
  driver_id: 'dro',
  latitude: 52.5205,
  longitude: 13.4005,
  recorded_at: '2026-01-31T12:00:00.123Z',
  heading: 272,
  speed: 8.4,
  started_at: '2026-01-31T11:52:10.000Z',
  live_until: '2026-01-31T12:01:00.123Z',
};

export const SEEN: DriverSeen = {
  driver_id: 'dro',
  status: 'Available',
  vehicle_type: 'van',
  booking_id: null,
  latitude: 52.5205,
  longitude: 13.4005,
  recorded_at: '2026-01-31T12:00:00.123Z',
};

export const WATCHED: WatchNotice = {
  instance_id: '0190c6f0-9d00-7d11-8a52-2b7e9f1c4d30',
  holds_ms: 15_000,
  areas: [{ watch_id: MARK_ID, bbox: [13.3, 52.45, 13.5, 52.55] }],
};

export const BLOCK: BlockEntry = {
  role: 'user',
  sub: 'mallory',
  is_blocked: true,
  until: null,
  tokens_issued_before: null,
  version: 1,
};

export const COMMANDS = [
  { kind: 'kick', request_id: MARK_ID, filter: { role: 'user', sub: 'mallory' } },
  { kind: 'answer', request_id: MARK_ID, instance_id: '0190c6f0-9d00', count: 1, sessions: [] },
] as const;
