import type { RawData, WebSocket } from 'ws';

type Handlers = {
  frame: (ws: WebSocket, data: RawData | undefined, isBinary: boolean) => void;
  pong: (ws: WebSocket) => void;
  close: (ws: WebSocket) => void;
};

/** One function an event for all sockets: each learns its socket from `this`. */
export function sharedListeners({ frame, pong, close }: Handlers): (ws: WebSocket) => void {
  function onMessage(this: WebSocket, data: RawData, isBinary: boolean) {
    frame(this, data, isBinary);
  }
  function onPing(this: WebSocket) {
    frame(this, undefined, false); // ws has answered it; a flood of pings is a flood of frames all the same
  }
  function onPong(this: WebSocket) {
    pong(this);
  }
  function onClose(this: WebSocket) {
    close(this);
  }
  function onError(this: WebSocket) {
    this.terminate(); // ws has already sent the close code that fits
  }
  return (ws) =>
    ws.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('close', onClose).on('error', onError);
}
