import { refuseToStart, run } from '@logi/service';
import { readConfig } from './config.ts';
import { createGatewayService } from './service.ts';

try {
  await run(await createGatewayService(readConfig(process.env)));
} catch (err) {
  refuseToStart(err);
}
