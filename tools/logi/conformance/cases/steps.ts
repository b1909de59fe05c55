import type { Line } from '../line.ts';
import { event } from '../messages.ts';
import type { Stage } from '../stage.ts';

/* What more than one kind of case begins or ends with. */

const STAYS_AWAY_MS = 4_000;
const STOPS_WITHIN_MS = 5_000;

/** The first connection of a client, greeted. */
export async function greeted(stage: Stage, options: Parameters<Line['hello']>[0] = {}): Promise<Line> {
  const line = await stage.connection('It never opened a connection.');
  line.hello({ id: 1, ...options });
  return line;
}

/** The client delivers `event(2)`, which moves its place. */
export async function hears(stage: Stage, line: Line): Promise<void> {
  line.send(event(2));
  await stage.expectDelivered([event(2)]);
}

/** Closes for good: the client does not come back, and says that it has stopped. */
export async function staysAway(stage: Stage, line: Line, { code, reason }: { code: number; reason: string }) {
  line.close(code, reason);
  await stage.noConnection(STAYS_AWAY_MS, `It came back after it was closed with ${code} (${reason}), which is final.`);
  await stage.until(
    () => stage.stopped !== undefined,
    `It was closed with ${code} (${reason}), which is final, and did not report that it has stopped.`,
    STOPS_WITHIN_MS,
  );
}
