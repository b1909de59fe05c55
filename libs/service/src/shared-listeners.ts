import type { RawData, WebSocket } from 'ws';
import { ServedSocket } from './doors/served-socket.ts';

/** Of a frame: a message, text or not, or a ping or pong. */
export type FrameKind = 'text' | 'binary' | 'ping' | 'pong';

type Handlers = {
  frame: (ws: WebSocket, kind: FrameKind, data: RawData) => void;
  close: (ws: WebSocket) => void;
};

/** One function an event for all sockets: each learns its socket from `this`. */
export function sharedListeners({ frame, close }: Handlers): (ws: WebSocket) => void {
  function onMessage(this: WebSocket, data: RawData, isBinary: boolean) {
    frame(this, isBinary ? 'binary' : 'text', data);
  }
  function onPing(this: WebSocket, data: Buffer) {
    frame(this, 'ping', data);
  }
  function onPong(this: WebSocket, data: Buffer) {
    frame(this, 'pong', data);
  }
  function onClose(this: WebSocket) {
    close(this);
  }
  function onError(this: WebSocket) {
    // A frame that cannot be read: `ws` has sent the close code that fits.
    if (this instanceof ServedSocket) this.drop();
    else this.terminate();
  }
  return (ws) =>
    ws.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('close', onClose).on('error', onError);
}
