// Repeats what failed, with growing pauses, and at once when the network is back.

/** The first pause and the longest one. Each failure doubles the pause. */
const FIRST_MS = 15_000;
const LONGEST_MS = 300_000;

export interface Healing {
  /** Repeats `retry` after a pause. A later failure of the same kind replaces an earlier one. */
  schedule(failure: string, retry: () => void): void;
  /** What failed has succeeded, or the user has dismissed it: it is not repeated. */
  stop(failure: string): void;
}

interface Waiting {
  retry: () => void;
  timer: ReturnType<typeof setTimeout>;
  pauseMs: number;
}

export function startHealing(): Healing {
  const waiting = new Map<string, Waiting>();
  const stop = (failure: string): void => {
    clearTimeout(waiting.get(failure)?.timer);
    waiting.delete(failure);
  };
  addEventListener('online', () => {
    for (const { retry, timer } of [...waiting.values()]) {
      clearTimeout(timer);
      retry();
    }
  });
  return {
    schedule(failure, retry) {
      const before = waiting.get(failure);
      clearTimeout(before?.timer);
      const pauseMs = before ? Math.min(before.pauseMs * 2, LONGEST_MS) : FIRST_MS;
      waiting.set(failure, { retry, pauseMs, timer: setTimeout(retry, pauseMs) });
    },
    stop,
  };
}
