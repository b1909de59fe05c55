/** More devices of one driver than this are not told apart for long. */
const MAX_DEVICES = 4;
const SESSION = ' #';

/**
 * Those that sent fixes for a driver, the newest first, and when that one last did. Of a device that opens streams only
 * its newest stream stands here: an older one is known by the time at which it was opened.
 */
export type Devices = { newestFirst: readonly string[]; fixAt: number };
export const NO_DEVICES: Devices = { newestFirst: [], fixAt: 0 };

/** A device by the way that it sends, and the app and the device as they name themselves; `openedAt` is of a stream. */
export function deviceKey(said: { way: string; app: string | null; device: string | null; openedAt?: number }): string {
  const name = `${said.way} | ${said.app ?? ''} | ${said.device ?? ''}`;
  return said.openedAt === undefined ? name : `${name}${SESSION}${said.openedAt}`;
}

/**
 * The newest device to have begun is the driver's. One from before it counts as new again when that one is silent for
 * `silentMs`: its battery is empty, and the old phone is back in use.
 */
export function hearDevice(
  { newestFirst, fixAt }: Devices,
  device: string | null,
  { at, silentMs }: { at: number; silentMs: number },
): Devices {
  if (device === null) return { newestFirst, fixAt };
  if (device === newestFirst[0]) return { newestFirst, fixAt: Math.max(at, fixAt) };
  const { name, openedAt } = parse(device);
  const known = newestFirst.find((each) => parse(each).name === name);
  const isKnown = known !== undefined && parse(known).openedAt >= openedAt;
  if (isKnown && at - fixAt <= silentMs) return { newestFirst, fixAt };
  return { newestFirst: [device, ...newestFirst.filter((each) => each !== known)].slice(0, MAX_DEVICES), fixAt: at };
}

/** Whether one device is known to have come after the other. */
export function isNewerDevice({ newestFirst }: Devices, device: string | null, than: string | null): boolean {
  if (device === null || than === null || device === than) return false;
  const [one, other] = [parse(device), parse(than)];
  if (one.name === other.name) return one.openedAt > other.openedAt;
  const rankOf = (name: string) => newestFirst.findIndex((each) => parse(each).name === name);
  const [rank, otherRank] = [rankOf(one.name), rankOf(other.name)];
  return rank !== -1 && otherRank !== -1 && rank < otherRank;
}

function parse(device: string): { name: string; openedAt: number } {
  const at = device.lastIndexOf(SESSION);
  return at === -1
    ? { name: device, openedAt: 0 }
    : { name: device.slice(0, at), openedAt: Number(device.slice(at + SESSION.length)) };
}
