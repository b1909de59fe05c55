import { spawnSync } from 'node:child_process';
import { readAudit } from './verdict.ts';

/*
 * `npm run advisories`: whether anything that runs in production is known to be weak. Ends with 0 when the registry says
 * that nothing is, with 1 when something is, and with 2 when it gives no answer: then nothing is known, and it says so.
 */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  maxBuffer: MAX_ANSWER_BYTES,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const verdict = error ? { is: 'unknown' as const, why: error.message } : readAudit(stdout);
switch (verdict.is) {
  case 'clean':
    process.stdout.write('The registry knows of no advisory for what runs in production.\n');
    break;
  case 'affected':
    process.stdout.write(`${verdict.lines.join('\n')}\n`);
    process.exitCode = 1;
    break;
  case 'unknown':
    process.stderr.write(`The registry gave no answer (${verdict.why}). Nothing is known, neither good nor bad.\n`);
    process.exitCode = 2;
    break;
  default:
    verdict satisfies never;
}
