export type NativeOptions = {
  dataDirectory: string;
  /** False for tests: faster, and lost when the machine dies. */
  durable: boolean;
  log: (line: string) => void;
  signal: AbortSignal;
};
