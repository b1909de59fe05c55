export type Mutant = {
  id: string;
  /** What a system like this would do to its people. */
  why: string;
  file: string;
  /** Each text must stand in the file exactly once, so that a mutant cannot outlive the code that it breaks. */
  edits: [from: string, to: string][];
  /** What must fail. */
  caughtBy: { file: string; test: string };
};
