import { type WebSocket, WebSocketServer } from 'ws';
import { consume, serve, verify } from './server.ts';

const people = new Map<string, Set<WebSocket>>();
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });

serve(process.env['GATEWAY_PORT'] ?? '', {}).on('upgrade', async (request, socket, head) => {
  const { principal } = await verify(request.headers.authorization?.replace('Bearer ', '') ?? '');
  sockets.handleUpgrade(request, socket, head, (ws) => {
    const own = people.get(principal.id) ?? new Set();
    people.set(principal.id, own.add(ws));
    ws.on('close', () => own.delete(ws));
  });
});

function tell(user_id: string, type: string, payload: object): void {
  for (const ws of people.get(user_id) ?? []) ws.send(JSON.stringify({ user_id, type, payload }));
}

await consume(
  undefined,
  ['booking.created', 'offer.created', 'booking.accepted', 'booking.moved'],
  async (type, { booking_id, user_id, driver_id, status }) => {
    if (type === 'offer.created') return tell(driver_id, 'new_booking_request', { booking_id, user_id });
    if (type === 'booking.accepted') tell(user_id, 'booking_accepted', { booking_id, driver_id });
    tell(user_id, 'status_update', { booking_id, status });
  },
);
