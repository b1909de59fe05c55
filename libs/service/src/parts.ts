/** What lives as long as the service does: a publisher, a loop, the door. Either half may be missing, and either may wait. */
export type Part = {
  start?(stopping: AbortSignal): void | Promise<void>;
  stop?(): void | Promise<void>;
};

type Group = { start(stopping: AbortSignal): Promise<void>; stop(): Promise<void> };

/** Starts its parts one after the other, until told to stop, and stops them one after the other, the last first. */
export function inOrder(...parts: readonly Part[]): Group {
  return {
    async start(stopping) {
      for (const part of parts) {
        if (stopping.aborted) return;
        await part.start?.(stopping);
      }
    },
    async stop() {
      for (const part of parts.toReversed()) await part.stop?.();
    },
  };
}

/**
 * Starts its parts one after the other, and stops them together: each may have to wait for a database that hangs, and the
 * time for all of them is limited.
 */
export function sideBySide(...parts: readonly Part[]): Group {
  return {
    start: inOrder(...parts).start,
    async stop() {
      await Promise.all(parts.map(async (part) => part.stop?.()));
    },
  };
}
