import { paint, plain } from '../output.ts';

/** A message of the gateway, of whatever type: more may come. */
export type Told = { type: string; payload: Record<string, unknown> };

const COLOURS: Record<string, Parameters<typeof paint>[0]> = {
  new_booking_request: 'yellow',
  booking_accepted: 'green',
  driver_location: 'cyan',
  status_update: 'magenta',
  driver_status_update: 'blue',
};
const TYPE_WIDTH = 21;

/** One line, with all that it says: `18:40:12  user alice   booking_accepted  booking_id=… driver_id=dave`. */
export function renderMessage(who: string, { type, payload }: Told, at: Date): string {
  const said = Object.entries(payload).map(([key, value]) => `${paint('dim', `${plain(key)}=`)}${renderValue(value)}`);
  const name = plain(type).padEnd(TYPE_WIDTH);
  return `${paint('dim', timeOf(at))}  ${who}  ${paint(COLOURS[type] ?? 'white', name)} ${said.join('  ')}`;
}

/** Of the line itself, for standard error. */
export function renderNotice(who: string, text: string, at: Date): string {
  return `${timeOf(at)}  ${who}  - ${plain(text)}`;
}

function timeOf(at: Date): string {
  return at.toTimeString().slice(0, 8);
}

function renderValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"]+$/.test(value) ? plain(value) : plain(JSON.stringify(value));
  const point = pointOf(value);
  return point ?? plain(JSON.stringify(value));
}

/** A GeoJSON point as people say it: latitude first. */
function pointOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('coordinates' in value)) return undefined;
  const { coordinates } = value;
  if (!Array.isArray(coordinates)) return undefined;
  const [longitude, latitude] = coordinates;
  return typeof latitude === 'number' && typeof longitude === 'number' ? `${latitude},${longitude}` : undefined;
}
