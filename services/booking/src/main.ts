import { keepCompiled, refuseToStart, run } from '@logi/service/run';

keepCompiled();
const { readConfig } = await import('./config.ts');
const { createBookingService } = await import('./service.ts');

try {
  await run(await createBookingService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
