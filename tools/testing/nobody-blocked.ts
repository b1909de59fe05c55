import { EXCHANGES, STATE_SNAPSHOT } from '@logi/contracts';

/** What booking tells gateways when it starts and nobody is blocked; one that runs without booking waits for it. */
export const NOBODY_BLOCKED = {
  exchange: EXCHANGES.bookingState,
  routingKey: STATE_SNAPSHOT,
  body: JSON.stringify({ snapshot_id: 'nobody', part: 0, parts: 1, entries: [] }),
};
