import { setting } from '../setting.ts';
import type { Rates } from './allowance.ts';

const perSecond = (fallback: number, about: string) => setting({ default: fallback, min: 1, max: 1_000_000, about });

/** How much of a service one caller may use. All of it is counted by each instance for itself. */
export const limitSettings = {
  MAX_READS_PER_SECOND: perSecond(50, 'Calls that read, of one user, driver or admin'),
  MAX_WRITES_PER_SECOND: perSecond(10, 'Calls that change something, of one user, driver or admin'),
  MAX_ESTIMATES_PER_SECOND: perSecond(20, 'Estimates, and looks for drivers nearby, of one user, driver or admin'),
  MAX_STRANGER_CALLS_PER_SECOND: perSecond(
    100,
    'Calls and refused upgrades of one network address (IPv6: its /64) without a valid token',
  ),
  MAX_REFUSALS_PER_SECOND: perSecond(
    10,
    'Answers 429 that one network address gets at once; more of them come a second late',
  ),
  MAX_UPGRADES_PER_PRINCIPAL_PER_SECOND: perSecond(10, 'Sockets that one user, driver or admin may open'),
  RATE_BURST_SECONDS: setting({
    default: 5,
    min: 1,
    max: 3_600,
    about: 'For how long the rates above, and those of frames and requests, may be saved up and spent at once',
  }),
  RATE_PENALTY_MS: setting({
    default: 5_000,
    min: 0,
    max: 3_600_000,
    about: 'How long whoever was closed with 4429 for a flood can open no other socket',
  }),
  TRUSTED_PROXY_HOPS: setting({
    default: 0,
    min: 0,
    max: 10,
    about: 'Proxies of your own in front, which each add an address to X-Forwarded-For; 0 believes no such header',
  }),
  MAX_TCP_CONNECTIONS: setting({
    default: 20_000,
    min: 10,
    max: 1_000_000,
    about: 'TCP connections of this process, sockets included; one more is cut off and counted',
  }),
  MAX_REQUESTS_PER_CONNECTION: setting({
    default: 20,
    min: 1,
    max: 1_000_000,
    about: 'Requests by one TCP connection, which ends after the last of them; pipelined ones are held in memory',
  }),
  KEEP_ALIVE_MS: setting({
    default: 4_000,
    min: 100,
    max: 600_000,
    about: 'How long a TCP connection may stay without a request; longer than a proxy in front keeps its own',
  }),
  UNREAD_ANSWER_MS: setting({
    default: 15_000,
    min: 100,
    max: 600_000,
    about: 'How long an answer may wait without any of it being read, before its line is cut',
  }),
  CLOSE_GRACE_MS: setting({
    default: 3_000,
    min: 100,
    max: 20_000,
    about: 'How long a closed socket may take to hear of it, before its line is cut',
  }),
  CLOSE_GRACE_BYTES: setting({
    default: 8_388_608,
    min: 1_024,
    max: 1_073_741_824,
    about: 'Bytes that a closed socket may still send, unread, before its line is cut',
  }),
};

export type Limits = Record<keyof typeof limitSettings, number>;

/** The classes that every service has. */
export function ratesOf(limits: Limits): Rates {
  const rate = (perSecond: number) => rateOf(perSecond, limits);
  return {
    reads: rate(limits.MAX_READS_PER_SECOND),
    writes: rate(limits.MAX_WRITES_PER_SECOND),
    estimates: rate(limits.MAX_ESTIMATES_PER_SECOND),
    strangers: rate(limits.MAX_STRANGER_CALLS_PER_SECOND),
    refusals: rate(limits.MAX_REFUSALS_PER_SECOND),
    upgrades: rate(limits.MAX_UPGRADES_PER_PRINCIPAL_PER_SECOND),
  };
}

export function rateOf(perSecond: number, { RATE_BURST_SECONDS }: Pick<Limits, 'RATE_BURST_SECONDS'>) {
  return { perSecond, burst: perSecond * RATE_BURST_SECONDS };
}
