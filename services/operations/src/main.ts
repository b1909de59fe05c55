import { keepCompiled, refuseToStart, run } from '@logi/service/run';

keepCompiled();
const { readConfig } = await import('./config.ts');
const { createOperationsService } = await import('./service.ts');

try {
  await run(await createOperationsService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
