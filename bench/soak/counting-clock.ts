import { type Clock, systemClock } from "../../lib/clock.ts";

const FRAMES = 3;
const SITE_CHARS_MAX = 800;

/** The machine's clock that knows which of its timers are neither fired nor taken back, and who set them. */
export class CountingClock implements Clock {
  readonly #pending = new Set<{ readonly site: string }>();
  /** Of the timer that fires now. */
  #firing = "";

  now(): number {
    return systemClock.now();
  }

  after(delayMs: number, fn: () => void): () => void {
    const timer = { site: (site() + this.#firing).slice(0, SITE_CHARS_MAX) };
    this.#pending.add(timer);
    const cancel = systemClock.after(delayMs, () => {
      this.#pending.delete(timer);
      this.#firing = `, when fired ${timer.site}`;
      try {
        fn();
      } finally {
        this.#firing = "";
      }
    });
    return () => {
      this.#pending.delete(timer);
      cancel();
    };
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** How many timers are set by which lines of the source. */
  sites(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { site } of this.#pending) counts[site] = (counts[site] ?? 0) + 1;
    return counts;
  }
}

/** The lines that led to `after`, the last first. */
function site(): string {
  const lines = new Error().stack?.split("\n").slice(3) ?? [];
  const ours = lines.flatMap((line) => {
    const place = /((?:lib|tests)\/[^)]+?:\d+):\d+\)?$/.exec(line)?.[1];
    return place === undefined ? [] : [place];
  });
  return ours.slice(0, FRAMES).join(" < ");
}
