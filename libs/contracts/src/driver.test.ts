import { expect, test } from '@jest/globals';
import { type DriverDuty, type DriverSignal, type DriverStatus, type DriverWork, driverLabel } from './driver.ts';

test.each<[DriverDuty, DriverWork, DriverSignal, DriverStatus]>([
  ['Offline', 'Free', 'Live', 'Offline'],
  ['Offline', 'Free', 'Stale', 'Offline'],
  ['Offline', 'Free', 'Dark', 'Offline'],
  ['Offline', 'Reserved', 'Live', 'Offline'],
  ['Offline', 'Reserved', 'Stale', 'Offline'],
  ['Offline', 'Reserved', 'Dark', 'Offline'],
  ['Offline', 'On Job', 'Live', 'Busy'],
  ['Offline', 'On Job', 'Stale', 'Busy'],
  ['Offline', 'On Job', 'Dark', 'Unreachable'],
  ['Online', 'Free', 'Live', 'Available'],
  ['Online', 'Free', 'Stale', 'Available'],
  ['Online', 'Free', 'Dark', 'Unreachable'],
  ['Online', 'Reserved', 'Live', 'Busy'],
  ['Online', 'Reserved', 'Stale', 'Busy'],
  ['Online', 'Reserved', 'Dark', 'Unreachable'],
  ['Online', 'On Job', 'Live', 'Busy'],
  ['Online', 'On Job', 'Stale', 'Busy'],
  ['Online', 'On Job', 'Dark', 'Unreachable'],
])('duty %s, work %s and signal %s are shown as %s', (duty, work, signal, label) => {
  expect(driverLabel({ duty, work, signal })).toBe(label);
});
