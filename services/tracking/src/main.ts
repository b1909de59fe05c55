import { keepCompiled, refuseToStart, run } from '@logi/service/run';

keepCompiled();
const { readConfig } = await import('./config.ts');
const { createTrackingService } = await import('./service.ts');

try {
  await run(await createTrackingService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
