import { z } from 'zod';

/** What a browser sends for a page from a file or a sandbox. */
const OPAQUE = 'null';
const WRITTEN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@*\s]+\/?$/i;

/** Origins as people write them, each as browsers send it. One that no browser could send is refused, and named. */
export const originList = z
  .string()
  .optional()
  .transform((text, context): ReadonlySet<string> | undefined => {
    const written = text?.split(',').flatMap((part) => part.trim() || []) ?? [];
    if (written.length === 0) return undefined;
    const origins = written.map((each) => ({ each, origin: readOrigin(each) }));
    for (const { each, origin } of origins) {
      if (origin !== undefined) continue;
      context.addIssue({ code: 'custom', message: `no page has the origin ${each}: write it as https://host[:port]` });
    }
    return new Set(origins.flatMap(({ origin }) => origin ?? []));
  });

function readOrigin(written: string): string | undefined {
  if (written === OPAQUE) return OPAQUE;
  if (!WRITTEN.test(written) || !URL.canParse(written)) return undefined;
  const { protocol, host, origin } = new URL(written);
  if (host === '') return undefined;
  return origin === OPAQUE ? `${protocol}//${host.toLowerCase()}` : origin; // of a scheme that is an app's own
}
