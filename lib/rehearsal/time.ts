import { type Clock, systemClock } from "../clock.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** The time in which scenes take place. */
export interface SceneTime {
  readonly clock: Clock;
  /**
   * Has the time stand still until `work` is over, where it can; returns the work.
   * @param limitMs of the machine's time, after which it goes on all the same
   */
  hold<T>(work: Promise<T>, limitMs?: number): Promise<T>;
  /** Lets it pass until `work` is over; returns the work. */
  pass<T>(work: Promise<T>): Promise<T>;
}

/** A frame of the telephone's. */
const STEP_MS = 20;
/** Longer than anything that is not stuck. */
const HOLD_LIMIT_MS = 20_000;

/** Time that passes as fast as the machine can compute it: the same call each time. */
export function virtualTime(): SceneTime {
  const clock = new VirtualClock();
  return {
    clock,
    hold(work, limitMs = HOLD_LIMIT_MS) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, limitMs);
      const over = () => clearTimeout(timer);
      clock.hold(Promise.race([work.then(over, over), late.promise]));
      return work;
    },
    async pass(work) {
      let over = false;
      const done = () => void (over = true);
      work.then(done, done);
      while (!over) await clock.run(STEP_MS);
      return work;
    },
  };
}

/** The machine's own time. */
export function realTime(): SceneTime {
  return { clock: systemClock, hold: (work) => work, pass: (work) => work };
}

/**
 * Runs a part of a scene that takes the machine's time, but for the waits that it makes in the call's time.
 * @param work is given the wait
 */
export async function inSceneTime<T>(
  time: SceneTime,
  work: (wait: (ms: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  let working = Promise.withResolvers<void>();
  let waits = 0;
  time.hold(working.promise);
  const wait = (ms: number) =>
    new Promise<void>((wake) => {
      time.clock.after(ms, () => {
        if (--waits === 0) {
          working = Promise.withResolvers();
          time.hold(working.promise);
        }
        wake();
      });
      waits++;
      working.resolve();
    });
  try {
    return await work(wait);
  } finally {
    working.resolve();
  }
}
