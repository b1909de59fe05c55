/** Why a server closes a WebSocket, and what the client should do then. Printed in docs/reference.md. */
export const CLOSE_CODES = {
  protocol_error: { code: 1002, reason: 'protocol error', client: 'Do not reconnect before the client is mended.' },
  invalid_text: { code: 1007, reason: 'text is not UTF-8', client: 'Do not reconnect before the client is mended.' },
  too_many_fragments: {
    code: 1008,
    reason: 'too many fragments',
    client: 'Do not reconnect before the client is mended.',
  },
  frame_too_large: { code: 1009, reason: 'frame too large', client: 'Do not send it again; send less in a frame.' },
  restart: { code: 1012, reason: 'service restart', client: 'Reconnect after a short random wait.' },
  overloaded: { code: 1013, reason: 'try again later', client: 'Reconnect with growing waits.' },
  too_slow: { code: 4008, reason: 'reader too slow', client: 'Reconnect on a better link, and resume; read faster.' },
  bad_frame: { code: 4400, reason: 'bad frame', client: 'Do not reconnect before the client is mended.' },
  token_expired: { code: 4401, reason: 'token expired', client: 'Get a new token, then reconnect.' },
  other_principal: {
    code: 4403,
    reason: 'token of somebody else',
    client: 'Open another connection for another principal.',
  },
  replaced: {
    code: 4409,
    reason: 'replaced by a newer connection',
    client: 'Do not reconnect before a person acts: the one that replaced it would be closed for it.',
  },
  ended_by_operator: {
    code: 4410,
    reason: 'ended by an operator',
    client: 'Do not reconnect by itself; ask the person to sign in.',
  },
  rate_limited: { code: 4429, reason: 'too many frames', client: 'Slow down; reconnect after a wait.' },
} as const satisfies Record<string, { code: number; reason: string; client: string }>;

/** What only one of the two doors closes for: people's sockets on the gateway, or drivers' streams on tracking. */
const GATEWAY_ALONE: readonly CloseReason[] = ['too_slow', 'other_principal'];
const STREAMS_ALONE: readonly CloseReason[] = ['overloaded'];
const ALL = Object.keys(CLOSE_CODES) as CloseReason[]; // Object.keys forgets the key type

export const GATEWAY_CLOSES = ALL.filter((why) => !STREAMS_ALONE.includes(why));
export const STREAM_CLOSES = ALL.filter((why) => !GATEWAY_ALONE.includes(why));

export type CloseReason = keyof typeof CLOSE_CODES;
