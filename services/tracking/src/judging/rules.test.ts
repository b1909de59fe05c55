import { expect, test } from '@jest/globals';
import { settings } from '../config.ts';
import { maxSpeedOf } from './rules.ts';

const speeds = settings.pick({ MAX_SPEED_BY_VEHICLE_TYPE: true, MAX_SPEED_METERS_PER_SECOND: true });
const configOf = (MAX_SPEED_BY_VEHICLE_TYPE: string | undefined) => speeds.parse({ MAX_SPEED_BY_VEHICLE_TYPE });

test('each type that we know has a speed that its vehicles do not reach', () => {
  const config = configOf(undefined);
  expect(['bike', 'car', 'van', 'truck', null].map((type) => maxSpeedOf(type, config))).toEqual([45, 70, 60, 45, 70]);
});

test('an operator names types of their own; whatever is not named may be as fast as any', () => {
  const config = configOf(' cargo bike = 15, helicopter=99.5 ,');
  expect(maxSpeedOf('cargo bike', config)).toBe(15);
  expect(maxSpeedOf('helicopter', config)).toBe(99.5);
  expect(maxSpeedOf('bike', config)).toBe(70);
  expect(configOf('').MAX_SPEED_BY_VEHICLE_TYPE.size).toBe(0);
});

test.each(['bike', 'bike=', 'bike=fast', 'bike=0', 'bike=1001', 'bike=-5', '=40', 'bike=40;car=70', 'bike=NaN'])(
  '%j is refused',
  (text) => {
    expect(speeds.safeParse({ MAX_SPEED_BY_VEHICLE_TYPE: text }).success).toBe(false);
  },
);
