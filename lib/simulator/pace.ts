import type { Range } from "./ids.ts";

/** How fast the simulated model works. All but `speed` in milliseconds. */
export interface Pace {
  /** From response.create, or the end of the caller's turn, to response.created. @default {20} */
  readonly createdMs: Range;
  /** From response.created to the first delta. @default {[300, 500]} */
  readonly firstMs: Range;
  /** Audio in one delta; the last one holds what is left. @default {[100, 200]} */
  readonly deltaMs: Range;
  /** Audio sent per time: 1 is real time, Infinity one burst, below 1 slower than real time. @default {5} */
  readonly speed: number;
  /** From the commit of the caller's turn to its transcription. @default {[300, 700]} */
  readonly transcriptionMs: Range;
}

export const NATURAL_PACE: Pace = {
  createdMs: 20,
  firstMs: [300, 500],
  deltaMs: [100, 200],
  speed: 5,
  transcriptionMs: [300, 700],
};

/** Everything at once: whole answers in one burst, for tests of something else than time. */
export const NO_DELAY: Pace = { createdMs: 0, firstMs: 0, deltaMs: 200, speed: Infinity, transcriptionMs: 0 };
