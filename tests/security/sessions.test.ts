import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { EXCHANGES } from '@logi/contracts';
import { connect } from 'amqplib';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call } from '../support/http.ts';
import { connectV2, type Rig, startRig } from '../support/services/gateways.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  closeLater(() => rig.stop());
});

/** Another instance, which answers each `list` with sessions of its own. */
async function answerAs(instanceId: string, sessions: object[]): Promise<void> {
  const connection = await connect(rig.broker.amqpUrl);
  closeLater(() => connection.close());
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, EXCHANGES.gatewayCommands, '');
  await channel.consume(
    queue,
    (message) => {
      const command = JSON.parse(message?.content.toString() ?? '{}');
      if (command.kind !== 'list') return;
      const answer = {
        kind: 'answer',
        request_id: command.request_id,
        instance_id: instanceId,
        count: sessions.length,
        sessions,
      };
      channel.publish(EXCHANGES.gatewayCommands, '', Buffer.from(JSON.stringify(answer)));
    },
    { noAck: true },
  );
}

function sessionOf(sub: string, expiresAt: string): object {
  return {
    ...{ session_id: randomUUID(), instance_id: 'another', role: 'user', sub, address: '192.0.2.1' },
    ...{ protocol: 'default', connected_at: new Date().toISOString(), expires_at: expiresAt, acked_id: null },
    ...{ queued_events: 0, queued_bytes: 0 },
  };
}

test('a session of another instance that cannot be shown is counted and hides none of the others', async () => {
  const gateway = await rig.startGateway();
  await connectV2(gateway, rig.token('user', 'ana'));
  // What an instance of an older release says of a token whose exp is in milliseconds.
  await answerAs('another', [
    sessionOf('far', '+058870-02-03T00:00:00.000Z'),
    sessionOf('ben', '2030-01-01T00:00:00Z'),
  ]);
  const token = rig.token('admin', 'ops');
  await eventually(async () => {
    const { status, body } = await call('GET', `${gateway.httpUrl}/v1/sessions`, { token });
    expect(status).toBe(200);
    expect(body.items.map(({ sub }: { sub: string }) => sub).toSorted()).toEqual(['ana', 'ben']);
    expect(body.count).toBe(3);
  });
});
