import { authSettings } from '@logi/auth';
import { MAX_WATCHED_AREAS } from '@logi/contracts';
import { commonSettings, readSettings, setting } from '@logi/service';

export const settings = commonSettings.extend({
  GATEWAY_PORT: setting({ default: 8080, min: 0, max: 65_535, about: 'Port of the WebSocket server' }),
  MAX_CONNECTIONS: setting({ default: 15_000, min: 1, max: 1_000_000, about: 'Open sockets of this process' }),
  MAX_CONNECTIONS_PER_PRINCIPAL: setting({
    default: 20,
    min: 1,
    max: 100_000,
    about: 'Open sockets of one user, driver or admin; one more closes the oldest with 4409',
  }),
  MAX_CONNECTIONS_PER_ADDRESS: setting({
    default: 15_000,
    min: 1,
    max: 1_000_000,
    about: 'Open sockets of one network address (IPv6: its /64); behind a proxy, set TRUSTED_PROXY_HOPS first',
  }),
  MAX_UPGRADES_PER_SECOND: setting({
    default: 2_000,
    min: 1,
    max: 100_000,
    about: 'New connections let in, of those whose token is good; the rest is asked with 503 to come again',
  }),
  MAX_TOKEN_CHARACTERS: setting({ default: 8_192, min: 128, max: 8_192, about: 'Length of a token' }),
  MAX_FRAMES_PER_SECOND: setting({
    default: 50,
    min: 1,
    max: 10_000,
    about: 'Frames one user, driver or admin may send on all their sockets, pings and pongs included',
  }),
  MAX_INBOUND_BYTES_PER_SECOND: setting({
    default: 32_768,
    min: 128,
    max: 67_108_864,
    about: 'Bytes one user, driver or admin may send on all their sockets',
  }),
  MAX_FRAME_BYTES: setting({
    default: 8_256,
    min: 128,
    max: 1_048_576,
    about: 'Size of a frame that a client may send; the longest has a token in it, and some 60 bytes more',
  }),
  MAX_QUEUED_EVENTS: setting({
    default: 10_000,
    min: 1,
    max: 100_000,
    about: 'Events that may wait for a slow reader before it is closed with 4008',
  }),
  MAX_QUEUED_BYTES: setting({
    default: 1_048_576,
    min: 4_096,
    max: 67_108_864,
    about: 'Bytes that may wait for a slow reader before it is closed with 4008',
  }),
  RESUME_WINDOW_MS: setting({
    default: 300_000,
    min: 1_000,
    max: 1_500_000,
    about: 'How long a client may be away and still get all it missed; the stream keeps half an hour',
  }),
  RESUME_WINDOW_BYTES: setting({
    default: 67_108_864,
    min: 65_536,
    max: 8_589_934_592,
    about: 'Memory for what clients may have missed; when it is full, the window is shorter',
  }),
  MAX_WATCHED_DRIVERS: setting({
    default: 5_000,
    min: 1,
    max: 20_000,
    about: 'Drivers of whom an admin who watches an area is told; further ones are counted, and left out',
  }),
  MAX_WATCHED_AREAS_PER_SOCKET: setting({
    default: 4,
    min: 1,
    max: 100,
    about: 'Areas that one connection may watch at a time',
  }),
  MAX_WATCHED_AREAS: setting({
    default: 100,
    min: 1,
    max: MAX_WATCHED_AREAS,
    about: 'Areas watched by all connections of this process',
  }),
  MAX_WATCHED_DEGREES: setting({
    default: 360,
    min: 1,
    max: 360,
    about: 'How wide or high an area may be, in degrees; 360 is the whole world',
  }),
  WATCH_RENEW_MS: setting({
    default: 5_000,
    min: 200,
    max: 20_000,
    about: 'How often tracking is told that somebody still watches; it goes on for three times as long',
  }),
  TOKEN_NOTICE_MS: setting({
    default: 60_000,
    min: 0,
    max: 3_600_000,
    about: 'How long before its token ends a logi.v2 client is told so, at the most',
  }),
  STREAM_PROBE_MS: setting({
    default: 2_000,
    min: 100,
    max: 60_000,
    about: 'How often it is tried whether the stream delivers',
  }),
  STREAM_PROBE_TIMEOUT_MS: setting({
    default: 10_000,
    min: 500,
    max: 120_000,
    about: 'After which silence the stream is opened anew',
  }),
  HEARTBEAT_MS: setting({
    default: 25_000,
    min: 200,
    max: 300_000,
    about: 'Time between pings; a client that misses two is cut off',
  }),
  DRAIN_MS: setting({
    default: 5_000,
    min: 0,
    max: 15_000,
    about: 'Over how long closes are spread when the service stops',
  }),
});

export type Config = ReturnType<typeof readConfig>;

export function readConfig(env: Record<string, string | undefined>) {
  const { own, shared: auth } = readSettings(env, { own: settings, shared: authSettings });
  return { ...own, auth };
}
