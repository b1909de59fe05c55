/**
 * Every refusal that the HTTP APIs know: its status and what it means. A code is stable: clients may branch on it.
 * Printed in docs/reference.md.
 */
export const ERROR_CODES = {
  invalid_request: {
    status: 400,
    meaning: 'A parameter or the body is not of the documented form; `details` names where',
  },
  invalid_json: { status: 400, meaning: 'The body is not JSON' },
  unknown_vehicle_type: { status: 400, meaning: 'No such vehicle type is offered' },
  trip_too_long: { status: 400, meaning: 'Pickup and drop-off are further apart than any vehicle drives' },
  invalid_schedule: { status: 400, meaning: 'scheduled_at is in the past or too far ahead' },
  unknown_message_type: { status: 400, meaning: '`types` names a message type that does not exist' },
  invalid_upgrade: { status: 400, meaning: 'The WebSocket handshake is malformed' },
  unauthenticated: { status: 401, meaning: 'The token is missing, invalid or expired' },
  token_revoked: {
    status: 401,
    meaning: 'An operator has revoked the tokens of this principal that were issued before a time; sign in again',
  },
  sign_in_code_invalid: {
    status: 401,
    meaning: 'The sign-in code is wrong, or older than five minutes; ask for another',
  },
  sign_in_code_used: { status: 401, meaning: 'The sign-in code has been used; each is good once' },
  blocked: { status: 403, meaning: 'An operator has blocked this principal' },
  forbidden: { status: 403, meaning: 'This role may not make this call' },
  origin_not_allowed: { status: 403, meaning: 'The Origin header is not in ALLOWED_ORIGINS' },
  not_found: { status: 404, meaning: 'No such path' },
  booking_not_found: { status: 404, meaning: 'No such booking, or it is not yours to see' },
  location_not_found: { status: 404, meaning: 'There is no location to see for this booking now' },
  quote_not_found: { status: 404, meaning: 'No such quote, or it is not yours' },
  driver_not_found: { status: 404, meaning: 'No such driver' },
  dead_letter_not_found: { status: 404, meaning: 'No such dead letter' },
  request_timeout: { status: 408, meaning: 'The request did not arrive in time' },
  own_block: { status: 409, meaning: 'Nobody can block themselves whole: another admin has to' },
  too_many_blocks: {
    status: 409,
    meaning: 'As many principals are blocked as can be; lift a block that is not needed',
  },
  offer_not_open: {
    status: 409,
    meaning:
      'The offer is closed, or expired while another driver is asked; `details.status` is the booking’s status now',
  },
  illegal_transition: {
    status: 409,
    meaning: 'The booking cannot go there from here; `details.allowed` is where it can',
  },
  driver_not_available: { status: 409, meaning: 'This driver is off duty, unreachable or has a job' },
  too_many_bookings: {
    status: 409,
    meaning:
      'As many bookings of this user are searching for a driver as may (`details.max`); book again when one is over',
  },
  too_many_scheduled: {
    status: 409,
    meaning: 'As many bookings of this user wait for their pickup time as may (`details.max`)',
  },
  driver_excluded: { status: 409, meaning: 'An operator has excluded this driver from this booking; lift that first' },
  dead_letter_decided: {
    status: 409,
    meaning: 'Somebody has decided otherwise about this dead letter; `details` says what, who and when',
  },
  dead_letter_not_replayable: {
    status: 409,
    meaning: 'It is of a stream, which has its messages still: there is nowhere to replay it to',
  },
  quote_used: { status: 409, meaning: 'The quote has been booked with; ask for a new estimate' },
  quote_expired: { status: 409, meaning: 'The quote is no longer kept; ask for a new estimate' },
  quote_mismatch: { status: 409, meaning: 'The quote was made for another trip, or for another time of pickup' },
  payload_too_large: { status: 413, meaning: 'The body is larger than the limit' },
  unsupported_media_type: { status: 415, meaning: 'The body must be application/json, and not compressed' },
  idempotency_key_reused: { status: 422, meaning: 'This Idempotency-Key was used with another body' },
  upgrade_required: { status: 426, meaning: 'This path speaks WebSocket only' },
  expectation_failed: { status: 417, meaning: 'Expect names something else than 100-continue' },
  too_many_connections: { status: 429, meaning: 'This network address has as many connections open as it may' },
  rate_limited: {
    status: 429,
    meaning: 'More than one caller may ask for; nothing of this was taken, send it again after Retry-After',
  },
  too_many_cancels: {
    status: 429,
    meaning: 'This user has cancelled as often as one may in an hour; Retry-After says when it is possible again',
  },
  too_many_points: {
    status: 429,
    meaning:
      'The buffer of points, or the share of it that is this driver’s, is full; nothing of this request was taken, send it again',
  },
  headers_too_large: { status: 431, meaning: 'The headers are larger than the limit' },
  internal: { status: 500, meaning: 'A fault on our side; it is in the log under the request id' },
  unavailable: {
    status: 503,
    meaning: 'A part we need does not answer, or we are stopping; try again after Retry-After',
  },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

type DomainErrorOptions = {
  message?: string;
  details?: Record<string, unknown> | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
};

/** An expected refusal, thrown by the rule that refuses and mapped to the wire in one place. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;
  /** When it may be tried again, where that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, options: DomainErrorOptions = {}) {
    super(options.message ?? ERROR_CODES[code].meaning, { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** The one shape of an error answer. By the request's id, its lines are found in our logs. */
export function errorBody(error: DomainError, requestId: string) {
  const { code, message, details } = error;
  return { error: { code, message, ...(details && { details }), request_id: requestId } };
}
