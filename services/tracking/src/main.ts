import { refuseToStart, run } from '@logi/service';
import { readConfig } from './config.ts';
import { createTrackingService } from './service.ts';

try {
  await run(await createTrackingService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
