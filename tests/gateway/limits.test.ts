import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { expectRefusal } from '../support/refusals.ts';
import { connectV2, makeBooking, placeOf, type Rig, startRig, statusesIn } from '../support/services/gateways.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

test('a token as long as MAX_TOKEN_CHARACTERS is taken, and a longer one is not', async () => {
  const [token, longer] = [rig.token('user', 'ana'), rig.token('user', 'anna')];
  const gateway = await rig.startGateway({ MAX_TOKEN_CHARACTERS: `${token.length}` });
  await (await TestSocket.connect(`${gateway.url}/ws?token=${token}`)).close();
  expectRefusal(await refusedUpgrade(`${gateway.url}/ws?token=${longer}`), 'unauthenticated');
  await gateway.stop();
});

test('who was away for longer than RESUME_WINDOW_MS is told so, and where the window is longer gets what was missed', async () => {
  const token = rig.token('user', 'ana');
  const booking = makeBooking(rig, { userId: 'ana', driverId: 'dora' });
  const [brief, long] = [await rig.startGateway({ RESUME_WINDOW_MS: '1000' }), await rig.startGateway()];
  const before = await connectV2(brief, token);
  await booking.become('Searching', null);
  await before.find(({ type }) => type === 'status_update');
  await before.close();
  await booking.become('Accepted');
  const comeBack = async (gateway: typeof brief) => {
    const socket = await connectV2(gateway, token, `&last_id=${placeOf(before)}`);
    const { payload } = await socket.find(({ type }) => type === 'resumed');
    await socket.close();
    return { payload, statuses: statusesIn(socket) };
  };
  await eventually(async () => {
    // The window ends with what was published last.
    await makeBooking(rig, { userId: 'ben' }).become('Searching');
    expect(await comeBack(brief)).toEqual({ payload: { recovered: false, replayed: 0 }, statuses: [] });
  });
  expect(await comeBack(long)).toMatchObject({ payload: { recovered: true }, statuses: ['Accepted'] });
});
