import { fileURLToPath } from 'node:url';
import { checkRooms } from './check.ts';

/* `npm run rooms`: whether the tree is as plan.ts has it. A part of `npm test`. */

const problems = await checkRooms(fileURLToPath(new URL('../..', import.meta.url)));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
