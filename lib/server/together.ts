import type { MetricsPage } from "../metrics.ts";
import type { Line, LineEnd } from "../line/line.ts";
import type { AwayModel } from "../realtime/model-health.ts";
import type { Purse } from "./purse.ts";
import type { Door } from "./door.ts";

/** How it stands with the calls of a worker, or of several. */
export interface Tally {
  /** Places: live calls, and lines that have not begun theirs. */
  readonly taken: number;
  /** Live calls that lack their line. */
  readonly lacking: number;
  readonly live: number;
  /** Since the start. */
  readonly answered: number;
}

/** Of several doors the one that is the most open. */
export type DoorState = Door["state"];

/** A live call as the socket sees it that has come for it. */
export interface Entered {
  callerAudio(samples: Int16Array): void;
  callerDigit(digit: string): void;
  lineClosed(line: Line, end: LineEnd): void;
}

/** What the workers of a process have in common, as one of them sees it: callers and monitors must see one service. */
export interface Together {
  /** All workers but this one, taken together. */
  readonly others: Tally & { readonly door: DoorState | undefined };
  /** Tells the others. */
  publish(own: Tally & { readonly door: DoorState }): void;
  readonly purse: Purse;
  /** Models that the others can't have at present. */
  readonly away: readonly AwayModel[];
  /** What all have counted. */
  render(): Promise<MetricsPage>;
  /**
   * Asks whether another worker has the live call of this uuid, and takes it over on this line, which was named by a URL
   * with this persona. Never rejects; undefined: nobody has it.
   */
  find(uuid: string, line: Line, persona: string): Promise<Entered | undefined>;
}

/** Models that any of the workers can't have; of one that several miss, it is told for how long the first has. */
export function awayOf(...lists: readonly (readonly AwayModel[])[]): readonly AwayModel[] {
  const away = new Map<string, AwayModel>();
  for (const each of lists.flat()) {
    if (each.forMs >= (away.get(each.model)?.forMs ?? 0)) away.set(each.model, each);
  }
  return [...away.values()];
}
