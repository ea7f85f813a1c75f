import type { Clock } from "../clock.ts";

/** When a call was without a line, for whoever has to know what was heard: its absences, numbered from 0. */
export class LinePresence {
  readonly #clock: Clock;
  /** When each absence ended, by the clock. */
  readonly #returnsMs: number[] = [];
  #away = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The absence that lasts; undefined while the line is there. */
  get absence(): number | undefined {
    return this.#away ? this.#returnsMs.length : undefined;
  }

  /** When an absence ended, by the clock; undefined while it lasts. */
  returnedAtMs(absence: number): number | undefined {
    return this.#returnsMs[absence];
  }

  /** The line is gone. */
  leave(): void {
    this.#away = true;
  }

  /** There is a line. */
  come(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#returnsMs.push(this.#clock.now());
  }
}
