/**
 * Whether a line is alive. The naive way is to give it up when nothing was heard for a while: but browsers fire the timers
 * of hidden pages once a minute and those of frozen ones not at all, so whoever looks late sees an old silence on a line that
 * is well. Here a line is dead only when a question was not answered, and a look proves that only when it is the second
 * one: what had arrived before the first has been read by then, however late that one came.
 */
export class Liveness {
  #heardAtMs = performance.now();
  #question: { atMs: number; patienceMs: number; isOverdue: boolean } | undefined;

  heard(): void {
    this.#heardAtMs = performance.now();
    this.#question = undefined;
  }

  /** The first question counts until it is answered. */
  asked(patienceMs: number): void {
    this.#question ??= { atMs: performance.now(), patienceMs, isOverdue: false };
  }

  look(heartbeatMs: number): 'well' | 'silent' | 'dead' {
    const question = this.#question;
    const nowMs = performance.now();
    if (!question) return nowMs - this.#heardAtMs > heartbeatMs ? 'silent' : 'well';
    if (nowMs - question.atMs < question.patienceMs) return 'well';
    if (question.isOverdue) return 'dead';
    question.isOverdue = true;
    return 'well';
  }
}
