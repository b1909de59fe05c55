import { join } from 'node:path';
import { SERVICES, type ServiceName } from '@logi/contracts';
import { type StopStep, stopLeftover } from './processes/child-process.ts';
import { isPortFree, LOOPBACK } from './processes/ports.ts';
import { StackError } from './processes/stack-error.ts';
import { dataDirectoryOf } from './run-file.ts';
import { PORT_VARIABLES, type StackSettings } from './stack-settings.ts';

// A service closes its connections in order within 20 s.
export const STOP_STEPS: StopStep[] = [{ signal: 'SIGTERM', waitMs: 20_000 }];

export async function stopLeftoverServices(root: string, log: (line: string) => void): Promise<void> {
  for (const service of SERVICES) {
    if (await stopLeftover(service, recordFileOf(root, service), STOP_STEPS)) {
      log(`stopped a ${service} service that an earlier run left behind`);
    }
  }
}

export async function requireFreePorts(settings: StackSettings): Promise<void> {
  for (const service of SERVICES) {
    const variable = PORT_VARIABLES[service];
    const port = settings[variable];
    if (await isPortFree(port, settings.HOST)) continue;
    throw new StackError(
      `Port ${port} of ${settings.HOST}, for the ${service} service, is taken: stop what uses it, or set ${variable} to another`,
    );
  }
}

export function addressOf(service: ServiceName, settings: StackSettings): string {
  const host = ['0.0.0.0', '::'].includes(settings.HOST) ? LOOPBACK : settings.HOST;
  return `http://${host}:${settings[PORT_VARIABLES[service]]}`;
}

export function recordFileOf(root: string, service: ServiceName): string {
  return join(dataDirectoryOf(root), `${service}.pid.json`);
}
