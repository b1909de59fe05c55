import type { Edits } from '../testing/tree-copy.ts';

export type Mutant = {
  id: string;
  /** What a system like this would do to its people. */
  why: string;
  file: string;
  edits: Edits;
  /** What must fail. */
  caughtBy: { file: string; test: string };
};
