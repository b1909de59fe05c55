import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
/** A network of an IPv6 provider's customer: they have all addresses in it. */
const NETWORK_GROUPS = 4;
const GROUPS = 8;

/** By this header the operations service proves that it is itself who names an address. */
export const FORWARDING_KEY_HEADER = 'x-logi-forwarding-key';

/** Whose word about an address is believed. */
export type AddressTrust = {
  /** Proxies of our own in front of everybody. */
  proxyHops: number;
  /** Whoever has it is one more of them. */
  forwardingKey: string | undefined;
};

/**
 * Where a client comes from: the peer of the TCP connection, or, behind so many proxies of our own, what the outermost
 * of them says. Each adds its peer at the end of the list, so what stands further left came with the client and is its
 * word only. The operations service replaces the list by the one address that it has found out itself.
 */
export function addressOf({ socket, headers }: IncomingMessage, { proxyHops, forwardingKey }: AddressTrust): string {
  const peer = socket.remoteAddress ?? '';
  const hops = isKeyOf(headers[FORWARDING_KEY_HEADER], forwardingKey) ? 1 : proxyHops;
  const forwarded = headers['x-forwarded-for'];
  const passed =
    hops === 0
      ? undefined
      : String(forwarded ?? '')
          .split(',')
          .slice(-hops)[0];
  return readAddress(passed ?? '') ?? readAddress(peer) ?? peer;
}

function isKeyOf(given: string | string[] | undefined, key: string | undefined): boolean {
  if (key === undefined || typeof given !== 'string' || given.length !== key.length) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** One way to write each address: without port and zone, and IPv4 as itself where IPv6 carries it. Undefined for none. */
export function readAddress(written: string): string | undefined {
  const text = withoutPort(written.trim());
  if (isIPv4(text)) return text;
  const [address = ''] = text.split('%');
  if (!isIPv6(address)) return undefined;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join('.');
}

/** Some proxies write `1.2.3.4:5678` and `[2001:db8::1]:5678`. */
function withoutPort(text: string): string {
  return /^\[([^\]]+)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

/** Those whom an address counts with: itself, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const end = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? [] : Array<string>(GROUPS - groups.length - end.length).fill('0');
  return `${[...groups, ...zeros, ...end].slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
