import type { ServiceName } from '@logi/contracts';
import type { ListeningService } from '@logi/service';
import { readConfig as readBookingConfig } from '../../services/booking/src/config.ts';
import { createBookingService } from '../../services/booking/src/service.ts';
import { readConfig as readGatewayConfig } from '../../services/gateway/src/config.ts';
import { createGatewayService } from '../../services/gateway/src/service.ts';
import { readConfig as readOperationsConfig } from '../../services/operations/src/config.ts';
import { createOperationsService } from '../../services/operations/src/service.ts';
import { readConfig as readTrackingConfig } from '../../services/tracking/src/config.ts';
import { createTrackingService } from '../../services/tracking/src/service.ts';

/** A service that is never started has its routes all the same, and knows nobody by these. */
const SETTINGS = {
  LOG_LEVEL: 'silent',
  AMQP_URL: 'amqp://nowhere.invalid',
  DATABASE_URL: 'postgres://nowhere.invalid/none',
  JWT_SECRET: 'nobody-is-let-in-by-this-secret!',
};

const SERVICES: Record<ServiceName, () => Promise<ListeningService>> = {
  booking: () => createBookingService(readBookingConfig(SETTINGS)),
  tracking: () => createTrackingService(readTrackingConfig(SETTINGS)),
  gateway: () => createGatewayService(readGatewayConfig(SETTINGS)),
  operations: () => createOperationsService(readOperationsConfig(SETTINGS)),
};

/** A service's OpenAPI document, as JSON text. */
export async function renderOpenApi(name: ServiceName): Promise<string> {
  const service = await SERVICES[name]();
  return `${JSON.stringify(await service.openapi(), null, 2)}\n`;
}

/** Those of all services. */
export async function renderOpenApis(): Promise<Record<ServiceName, string>> {
  return {
    booking: await renderOpenApi('booking'),
    tracking: await renderOpenApi('tracking'),
    gateway: await renderOpenApi('gateway'),
    operations: await renderOpenApi('operations'),
  };
}
