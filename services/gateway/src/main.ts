import { keepCompiled, refuseToStart, run } from '@logi/service/run';

keepCompiled();
const { readConfig } = await import('./config.ts');
const { createGatewayService } = await import('./service.ts');

try {
  await run(await createGatewayService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
