import { refuseToStart, run } from '@logi/service';
import { readConfig } from './config.ts';
import { createBookingService } from './service.ts';

try {
  await run(await createBookingService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
