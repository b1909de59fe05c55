import { authVariables } from '@logi/auth';
import type { ServiceName } from '@logi/contracts';
import { settings as booking } from '../../services/booking/src/config.ts';
import { settings as gateway } from '../../services/gateway/src/config.ts';
import { settings as operations } from '../../services/operations/src/config.ts';
import { settings as tracking } from '../../services/tracking/src/config.ts';

const SETTINGS: Record<ServiceName, readonly string[]> = {
  booking: Object.keys(booking.shape),
  tracking: Object.keys(tracking.shape),
  gateway: Object.keys(gateway.shape),
  operations: Object.keys(operations.shape),
};
/** Of the machine: what Node itself reads, and where it finds things. */
const MACHINE = [
  ...['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL'],
  ...['NODE_OPTIONS', 'NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['NODE_USE_ENV_PROXY', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'],
];

/** What a service gets of ours: its own settings. Secrets of other programs, and of the other services, are not for it. */
export function environmentFor(service: ServiceName, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = [...Object.keys(authVariables.shape), ...SETTINGS[service]];
  const names = [...MACHINE, ...settings.flatMap((name) => [name, `${name}_FILE`])];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
