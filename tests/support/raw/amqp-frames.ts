/** What a broker says of its own accord, as bytes on the line. */

function method(channel: number, classId: number, methodId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(11);
  head.writeUInt8(1, 0);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(4 + payload.length, 3);
  head.writeUInt16BE(classId, 7);
  head.writeUInt16BE(methodId, 9);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

function shortText(text: string): Buffer {
  return Buffer.from([text.length, ...Buffer.from(text)]);
}

/** It is short of memory or disk, and reads nothing more from this connection. */
export const CONNECTION_BLOCKED = method(0, 10, 60, shortText('low on memory'));
export const CONNECTION_UNBLOCKED = method(0, 10, 61, Buffer.alloc(0));

/** It closes the first channel for a fault of its own (541). */
export const CHANNEL_CLOSE = method(
  1,
  20,
  40,
  Buffer.concat([Buffer.from([541 >> 8, 541 & 0xff]), shortText('INTERNAL_ERROR'), Buffer.alloc(4)]),
);

/** It ends the connection for a fault of its own, as where a cluster cannot agree. */
export const CONNECTION_CLOSE = connectionClose(541, 'INTERNAL_ERROR - on purpose');
/** An operator has it end the connection, or it is about to stop. */
export const CONNECTION_FORCED = connectionClose(320, 'CONNECTION_FORCED - on purpose');

function connectionClose(code: number, text: string): Buffer {
  return method(0, 10, 50, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), shortText(text), Buffer.alloc(4)]));
}
