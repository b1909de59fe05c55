import type { Role } from '@logi/contracts';
import { socketUrl } from './live.ts';

/* Sockets as they are, for the message console: nothing comes back by itself here, and nothing is left out. */

export const MODES = ['logi.v2', 'default'] as const;
export type Mode = (typeof MODES)[number];
export type Listener = { role: Role; sub: string; mode: Mode };

export type Heard = { key: number; at: number; type: string; id: string | undefined; text: string };
export type WireState = { is: 'opening' } | { is: 'open' } | { is: 'closed'; code: number; reason: string };

export type Wire = { send(frame: object | string): void; close(): void };
type WireEvents = { onState: (state: WireState) => void; onHeard: (heard: Heard) => void };

let count = 0;

export function openWire({ mode }: Listener, token: string, { onState, onHeard }: WireEvents): Wire {
  const protocol = mode === 'default' ? 'logi' : mode;
  const ws = new WebSocket(socketUrl(), [protocol, `bearer.${token}`]);
  onState({ is: 'opening' });
  ws.onopen = () => onState({ is: 'open' });
  ws.onclose = ({ code, reason }) => onState({ is: 'closed', code, reason });
  ws.onmessage = ({ data }) => {
    count += 1;
    const text = String(data);
    const { type, id } = JSON.parse(text) as { type: string; id?: string }; // as every message of the gateway is
    onHeard({ key: count, at: Date.now(), type, id, text });
  };
  return {
    send: (frame) => {
      if (ws.readyState === WebSocket.OPEN) ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    },
    close: () => ws.close(),
  };
}

/** A browser does not say why a handshake was refused; the same path does, asked plainly. */
export async function whyRefused(token: string): Promise<string> {
  const response = await fetch('/ws', { headers: { authorization: `Bearer ${token}` } });
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return error.code === 'upgrade_required' ? 'The line broke.' : `${error.message} (${error.code})`;
}
