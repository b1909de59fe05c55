import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import {
  ACTOR_ROLES,
  ASSIGNED_STATUSES,
  allowedTransitions,
  BOOKING_STATUSES,
  type BookingStatus,
  isTerminal,
  TRANSITIONS,
} from './booking.ts';
import { bookingEventType } from './events.ts';

describe('the transition table', () => {
  test('allows exactly what the database does', async () => {
    const read = (name: string) => readFile(new URL(`../../../migrations/${name}`, import.meta.url), 'utf8');
    const migrations = await Promise.all(['0003_booking.sql', '0012_field.sql'].map(read));
    const inserts = migrations.map(
      (text) => text.split('insert into booking.status_transition (from_status, to_status) values')[1] ?? '',
    );
    const rows = inserts.flatMap((text) => [...(text.split(';')[0] ?? '').matchAll(/\('([^']+)', '([^']+)'\)/g)]);
    const pair = (from: string | undefined, to: string | undefined) => `${from} → ${to}`;
    expect(rows.map(([, from, to]) => pair(from, to)).sort()).toEqual(
      [...new Set(TRANSITIONS.map(({ from, to }) => pair(from, to)))].sort(),
    );
  });

  test('ends in Delivered, Returned, Cancelled or No Driver Found, and nowhere else', () => {
    expect(BOOKING_STATUSES.filter(isTerminal)).toEqual(['Delivered', 'Returned', 'Cancelled', 'No Driver Found']);
  });

  test('can end every booking from wherever it is', () => {
    const endsFrom = (status: BookingStatus, seen: BookingStatus[] = []): boolean =>
      isTerminal(status) ||
      TRANSITIONS.some(({ from, to }) => from === status && !seen.includes(to) && endsFrom(to, [...seen, status]));
    expect(BOOKING_STATUSES.filter((status) => !endsFrom(status))).toEqual([]);
  });

  test('lets nobody cancel once the goods are on board: they go back', () => {
    const aboard = ['Goods Collected', 'In Transit', 'Arrived at Drop-off'] as const;
    for (const status of aboard) {
      for (const role of ['user', 'driver', 'admin'] as const) {
        expect(allowedTransitions(status, 'cancel', role)).toEqual(['Returning']);
      }
    }
  });

  test('knows at most one way out by a cancel, so that a cancel need not say where to', () => {
    for (const status of BOOKING_STATUSES) {
      for (const role of ACTOR_ROLES) {
        expect(allowedTransitions(status, 'cancel', role).length).toBeLessThanOrEqual(1);
      }
    }
  });
});

test('a booking has its driver in every status between Searching and the end', () => {
  expect(ASSIGNED_STATUSES).toEqual([
    'Accepted',
    'En Route to Pickup',
    'Arrived at Pickup',
    'Goods Collected',
    'In Transit',
    'Arrived at Drop-off',
    'Returning',
  ]);
});

test('every change of status has an event of its own, and only the first is booking.created', () => {
  const changes = TRANSITIONS.filter(({ from, to }) => from !== to);
  const types = changes.map(({ from, to }) => [to, bookingEventType({ previousStatus: from, status: to })]);
  const byStatus = new Map(types.map(([to, type]) => [to, type]));
  expect(new Set(byStatus.values()).size).toBe(byStatus.size);
  expect([...byStatus.values()]).not.toContain('booking.created');
  for (const status of ['Scheduled', 'Searching'] as const) {
    expect(bookingEventType({ previousStatus: null, status })).toBe('booking.created');
  }
});

test('a status that stays while the driver changes is a hand-over', () => {
  const same = TRANSITIONS.filter(({ from, to }) => from === to);
  expect(same.map(({ from }) => from)).toEqual(['Goods Collected', 'In Transit', 'Arrived at Drop-off', 'Returning']);
  for (const { from, to } of same)
    expect(bookingEventType({ previousStatus: from, status: to })).toBe('booking.handed_over');
});
