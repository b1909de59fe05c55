import { loadService } from '@logi/service/process/bundle';
import { refuseToStart, run } from '@logi/service/process/run';

const { createTrackingService, readConfig } = await loadService<typeof import('./service.ts')>(import.meta.url);

try {
  await run(await createTrackingService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
