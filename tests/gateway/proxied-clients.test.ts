import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call } from '../support/http.ts';
import { type Gateway, type Rig, startRig } from '../support/services/gateways.ts';
import { TestSocket } from '../support/socket.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

let people = 0;
/** One more person, whose request comes with this list of addresses; whether they were let in. */
async function connects({ url }: Gateway, forwardedFor?: string): Promise<boolean> {
  people += 1;
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return TestSocket.connect(`${url}/ws?token=${rig.token('user', `person ${people}`)}`, { headers }).then(
    () => true,
    () => false,
  );
}

test('behind a proxy, the limit of an address is that of the client and not of the proxy', async () => {
  const gateway = await rig.startGateway({ TRUSTED_PROXY_HOPS: '1', MAX_CONNECTIONS_PER_ADDRESS: '1' });
  expect(await connects(gateway, '203.0.113.1')).toBe(true);
  expect(await connects(gateway, '203.0.113.2')).toBe(true);
  expect(await connects(gateway, '203.0.113.1')).toBe(false);
});

test('what a client writes in front of its own address changes nothing', async () => {
  const gateway = await rig.startGateway({ TRUSTED_PROXY_HOPS: '2', MAX_CONNECTIONS_PER_ADDRESS: '1' });
  const through = (written: string) => `${written}203.0.113.7, 198.51.100.1`;
  expect(await connects(gateway, through(''))).toBe(true);
  for (const written of ['10.0.0.1, ', '10.0.0.2, 10.0.0.3, ', ', , ', 'unknown, ']) {
    expect(await connects(gateway, through(written))).toBe(false);
  }
});

test('without proxies of our own, the header is not believed', async () => {
  const gateway = await rig.startGateway({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
  expect(await connects(gateway, '203.0.113.1')).toBe(true);
  expect(await connects(gateway, '203.0.113.2')).toBe(false);
});

test('who comes past the proxy, or with an address that is none, counts as the peer', async () => {
  const gateway = await rig.startGateway({ TRUSTED_PROXY_HOPS: '1', MAX_CONNECTIONS_PER_ADDRESS: '1' });
  expect(await connects(gateway)).toBe(true);
  for (const forwarded of ['', 'unknown', '_hidden', '203.0.113.1, x']) {
    expect(await connects(gateway, forwarded)).toBe(false);
  }
});

test.each([
  ['with a port', ['203.0.113.1:555', '203.0.113.1:556', '203.0.113.1']],
  ['IPv4 carried by IPv6', ['::ffff:1.1.1.1', '1.1.1.1', '[::ffff:101:101]:80']],
  ['one customer’s part of IPv6', ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '[2001:db8:1:2::2]:443']],
])('an address %s counts as the same one, and its neighbour does not', async (_name, [first, ...same]) => {
  const gateway = await rig.startGateway({ TRUSTED_PROXY_HOPS: '1', MAX_CONNECTIONS_PER_ADDRESS: '1' });
  expect(await connects(gateway, first)).toBe(true);
  for (const forwarded of same) expect(await connects(gateway, forwarded)).toBe(false);
  expect(await connects(gateway, '2001:db8:1:3::1')).toBe(true);
});

test('an operator sees the address of the client', async () => {
  const gateway = await rig.startGateway({ TRUSTED_PROXY_HOPS: '1' });
  expect(await connects(gateway, '2001:db8::1')).toBe(true);
  const { body } = await call('GET', `${gateway.httpUrl}/v1/sessions`, { token: rig.token('admin', 'ops') });
  expect(body).toMatchObject({ items: [{ sub: `person ${people}`, address: '2001:db8::1' }] });
});
