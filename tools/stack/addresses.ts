import type { ServiceName } from '@logi/contracts';
import { findRunningStack } from './run-file.ts';
import { readDotEnv } from './signer.ts';

/** Where the services answer HTTP, as origins. */
export type ServiceAddresses = Record<`${ServiceName}Url`, string>;

/** The environment's win, then those of what runs from this clone, then the ports that both ways to start fall back to. */
export function findAddresses(root: string, env: NodeJS.ProcessEnv): ServiceAddresses {
  const running = findRunningStack(root);
  const dotEnv = readDotEnv(root);
  const address = (name: string, found: string | undefined, standardPort: number) => {
    const port = env[`${name}_PORT`] || dotEnv[`${name}_PORT`] || standardPort;
    return new URL(env[`${name}_URL`] || found || `http://localhost:${port}`).origin.replace(/^ws/, 'http');
  };
  return {
    gatewayUrl: address('GATEWAY', running?.gatewayUrl, 8080),
    bookingUrl: address('BOOKING', running?.bookingUrl, 8081),
    trackingUrl: address('TRACKING', running?.trackingUrl, 8082),
    operationsUrl: address('OPERATIONS', running?.operationsUrl, 8083),
  };
}
