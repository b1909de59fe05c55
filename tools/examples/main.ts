import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { signToken } from '@logi/auth';
import { findAddresses } from '../stack/addresses.ts';
import { findSigner } from '../stack/signer.ts';
import { linkTo } from './link.ts';
import { serveExamples } from './serve.ts';

/* `npm run examples`, beside `npm start`: two pages on the built package, and a link for each of two people. */

const PORT = 8090;
const TTL_SECONDS = 12 * 60 * 60;
const root = fileURLToPath(new URL('../..', import.meta.url));

const built = spawnSync(process.execPath, ['--no-warnings', 'libs/client/build.ts'], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(1);
const { secret, issuer, audience } = findSigner(root, process.env);
const addresses = findAddresses(root, process.env);
const { url } = await serveExamples({
  root: `${root}examples`,
  dist: `${root}libs/client/dist`,
  port: Number(process.env['EXAMPLES_PORT'] || PORT),
});
for (const [role, sub] of [
  ['user', 'alice'],
  ['driver', 'dave'],
] as const) {
  const token = signToken({ role, sub, ttlSeconds: TTL_SECONDS, secret, issuer, audience });
  process.stdout.write(`${sub}, a ${role}: ${linkTo(`${url}/${role}.html`, { token, ...addresses })}\n`);
}
process.stdout.write('Ctrl-C ends this.\n');
