import { refuseToStart, run } from '@logi/service';
import { readConfig } from './config.ts';
import { createOperationsService } from './service.ts';

try {
  await run(await createOperationsService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
