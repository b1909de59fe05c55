import { expect, test } from '@jest/globals';
import { networkOf, readAddress } from './address.ts';

test.each([
  ['1.1.1.1', '1.1.1.1'],
  [' 1.1.1.1 ', '1.1.1.1'],
  ['1.1.1.1:555', '1.1.1.1'],
  ['::ffff:1.1.1.1', '1.1.1.1'],
  ['::FFFF:1.1.1.1', '1.1.1.1'],
  ['::ffff:101:101', '1.1.1.1'],
  ['[::ffff:1.1.1.1]:80', '1.1.1.1'],
  ['::ffff:c0a8:10f', '192.168.1.15'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1', '::1'],
])('%s is %s', (written, address) => {
  expect(readAddress(written)).toBe(address);
});

test.each(['', 'unknown', '_hidden', '1.2.3', '1.2.3.4:', '1.2.3.4:x', '[1.2.3.4', 'x:80', '2001:db8::1::2'])(
  '%j is no address',
  (written) => {
    expect(readAddress(written)).toBeUndefined();
  },
);

test.each([
  ['1.1.1.1', '1.1.1.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8::3:0:0:1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts with %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
