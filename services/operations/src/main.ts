import { loadService } from '@logi/service/process/bundle';
import { refuseToStart, run } from '@logi/service/process/run';

const { createOperationsService, readConfig } = await loadService<typeof import('./service.ts')>(import.meta.url);

try {
  await run(await createOperationsService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
