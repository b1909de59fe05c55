import { isRecord, parseJson } from '@logi/contracts';
import { z } from 'zod';

const SEVERITIES = ['critical', 'high', 'moderate', 'low', 'info'] as const;

/** What `npm audit --json` says when the registry has answered. */
const report = z.looseObject({
  metadata: z.looseObject({ vulnerabilities: z.partialRecord(z.enum(SEVERITIES), z.int()) }),
  vulnerabilities: z.record(
    z.string(),
    z.looseObject({ name: z.string(), severity: z.enum(SEVERITIES), range: z.string(), fixAvailable: z.unknown() }),
  ),
});

export type Verdict =
  | { is: 'clean' }
  | { is: 'affected'; lines: string[] }
  /** Nothing is known, neither good nor bad. */
  | { is: 'unknown'; why: string };

/** Reads the answer of `npm audit`. What is no report is no good news. */
export function readAudit(output: string): Verdict {
  const value = parseJson(output);
  const parsed = report.safeParse(value);
  if (!parsed.success) return { is: 'unknown', why: whyNot(value) };
  const found = Object.values(parsed.data.vulnerabilities);
  if (found.length === 0) return { is: 'clean' };
  const worstFirst = found.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const lines = worstFirst.map(({ name, severity, range, fixAvailable }) => {
    const fix = fixAvailable ? 'a fixed version is there: npm audit fix' : 'no fixed version yet';
    return `${severity.padEnd(8)}  ${name} ${range}  (${fix})`;
  });
  return { is: 'affected', lines };
}

function whyNot(value: unknown): string {
  if (!isRecord(value)) return 'npm printed no report';
  const { message, error } = value;
  const summary = isRecord(error) ? error['summary'] : undefined;
  const why = [message, summary].find((text) => typeof text === 'string' && text !== '');
  return typeof why === 'string' ? why : 'npm printed no report';
}
