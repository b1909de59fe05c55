import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SERVICES, type ServiceName } from '@logi/contracts';
import { BUNDLES, digestOf, findBundle, type Manifest, ROOT } from '@logi/service/process/bundle';
import type { Plugin } from 'rolldown';

/** Says which packages there are. Whoever changes one of them by hand runs the sources. */
const PACKAGES = 'package-lock.json';

/** Makes the file of each service whose sources are not what it was made of. They run without it, so a fault is only told. */
export async function bundleServices(log: (line: string) => void): Promise<void> {
  const stale = SERVICES.filter((service) => findBundle(service) === undefined);
  if (stale.length === 0) return;
  log(`bundling ${stale.join(', ')}`);
  try {
    for (const service of stale) await bundleService(service);
  } catch (err) {
    log(`the services run from their sources, as they cannot be bundled: ${err instanceof Error ? err.message : err}`);
  }
}

async function bundleService(service: ServiceName): Promise<void> {
  const { build } = await import('rolldown'); // much is loaded for it, and most starts need none
  const read = new Map([[PACKAGES, readFileSync(join(ROOT, PACKAGES), 'utf8')]]);
  const { output } = await build({
    input: join(ROOT, 'services', service, 'src/service.ts'),
    platform: 'node',
    resolve: { conditionNames: ['@logi/source', 'node', 'module-sync'] },
    plugins: [ownSources(read)],
    output: { format: 'cjs', codeSplitting: false },
    logLevel: 'silent', // packages look for others that are not there
    write: false,
  });
  const sources = [...read].sort(([one], [other]) => (one < other ? -1 : 1));
  const digest = digestOf(sources);
  mkdirSync(BUNDLES, { recursive: true });
  writeWhole(`${service}-${digest}.cjs`, output[0].code);
  writeWhole(`${service}.json`, JSON.stringify({ sources: sources.map(([path]) => path), digest } satisfies Manifest));
  for (const name of readdirSync(BUNDLES)) {
    if (name.startsWith(`${service}-`) && !name.includes(digest)) rmSync(join(BUNDLES, name), { force: true });
  }
}

/** Notes each source as it was read, and has it find files beside it as if it still stood there. */
function ownSources(read: Map<string, string>): Plugin {
  return {
    name: 'own sources',
    transform: {
      filter: { id: { exclude: [/\/node_modules\//, /^\0/] } }, // packages, and what the bundler itself adds
      handler(code, id) {
        read.set(relative(ROOT, id), code);
        return code.replaceAll('import.meta.url', `new URL('${relative(BUNDLES, id)}', import.meta.url).href`);
      },
    },
  };
}

/** Two commands may do this at once, and services start meanwhile. */
function writeWhole(name: string, text: string): void {
  const file = join(BUNDLES, name);
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}
