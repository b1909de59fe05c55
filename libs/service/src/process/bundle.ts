import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, enableCompileCache } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * A service as one file. It is made of a thousand, packages among them, and finding and reading these was two thirds of its
 * start. tools/stack/service-bundles.ts writes that file; where a source is no longer what it was made of, the sources run
 * as they are.
 *
 *   bundles/booking.json             of which sources, and the digest of all that they held
 *           booking-<digest>.cjs     what they came to
 */

/** The clone's top directory. */
export const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
/** In this clone, and not where other people of the machine can write: what is read from there runs. */
const KEPT = join(ROOT, 'node_modules/.cache/logi');
export const BUNDLES = join(KEPT, 'bundles');
/** Given to Node by whoever works on the sources, or wants to see them in a profile. */
export const FROM_SOURCES = '--conditions=@logi/source';

/** Its sources are paths from the top of the clone. */
export type Manifest = { sources: readonly string[]; digest: string };

/**
 * What the `service.ts` beside a service's `main.ts` exports; `main` is the URL of that. Node keeps what it compiles for
 * the next start, out of TypeScript too; where nothing can be written, nothing is kept.
 */
export async function loadService<Exports>(main: string): Promise<Exports> {
  enableCompileCache(KEPT);
  const service = basename(resolve(fileURLToPath(main), '../..'));
  const bundle = process.execArgv.includes(FROM_SOURCES) ? undefined : findBundle(service);
  return bundle === undefined ? import(new URL('service.ts', main).href) : createRequire(main)(bundle);
}

/** The file that a service is, where it is made of the sources as they are now. */
export function findBundle(service: string): string | undefined {
  try {
    const { sources, digest }: Manifest = JSON.parse(readFileSync(join(BUNDLES, `${service}.json`), 'utf8'));
    const bundle = join(BUNDLES, `${service}-${digest}.cjs`);
    const isCurrent = digestOf(sources.map((path) => [path, readFileSync(join(ROOT, path))])) === digest;
    return isCurrent && existsSync(bundle) ? bundle : undefined;
  } catch {
    return undefined; // none was made, or a source is gone
  }
}

/** Of what they hold: the times of files are what a checkout or a copy makes them. */
export function digestOf(sources: Iterable<readonly [path: string, content: string | Buffer]>): string {
  const hash = createHash('sha256');
  for (const [path, content] of sources) hash.update(`${path}\0`).update(content).update('\0');
  return hash.digest('hex');
}
