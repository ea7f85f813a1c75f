import type { Playout } from "../caller/playout.ts";
import { messageOf } from "../errors.ts";
import type { Expectation } from "../persona/rehearsal.ts";
import { fits, hasWords, shown } from "./matching.ts";
import type { CallRecord } from "./record.ts";
import { count, ENDINGS } from "./words.ts";

/** What an expectation is judged by. Times by the clock. */
export interface View {
  readonly record: CallRecord;
  readonly playout: Pick<Playout, "answers">;
  /** When the caller's step before began. */
  readonly sinceMs: number;
  /** When the caller last fell silent, or pressed the last key. */
  readonly turnEndMs: number | undefined;
  /** Where a name of the persona's `transfer({...})` leads. */
  readonly destination: (
    name: string,
  ) => { readonly extension: string; readonly context: string } | undefined;
}

/** Whether it holds, and what was seen: of interest where it does not, and where it is a figure. */
export interface Verdict {
  readonly ok: boolean;
  readonly seen: string;
}

type Kind<E extends Expectation["expect"]> = Extract<Expectation, { expect: E }>;

/** Judges an expectation by the call as it is now. */
export function judge(expectation: Expectation, view: View): Verdict {
  switch (expectation.expect) {
    case "said":
      return said(expectation, view);
    case "called":
      return called(expectation, view);
    case "interrupted":
      return interrupted(expectation, view);
    case "answered":
      return answered(expectation, view);
    case "transferred":
      return transferred(expectation, view);
    case "handed over":
      return handedOver(expectation, view);
    case "ended": {
      const { ended, endedMs } = view.record;
      if (endedMs === undefined) return { ok: false, seen: "the call went on" };
      const ok = expectation.by === undefined || ended === expectation.by;
      return { ok, seen: ok ? "" : `ended by ${ENDINGS[ended ?? "fault"]}` };
    }
    case "turns": {
      const { turns } = view.record;
      const ok = turns === expectation.count;
      return { ok, seen: ok ? "" : count(turns, "turn") };
    }
    case "that":
      return that(expectation, view);
  }
}

function said({ words, never }: Kind<"said">, { record, sinceMs }: View): Verdict {
  const heard = record.heard().filter(({ atMs }) => never || atMs >= sinceMs).map(({ text }) => text);
  if (never) {
    const found = heard.find((text) => hasWords(text, words));
    return { ok: found === undefined, seen: found === undefined ? "" : `said ${shown(found)}` };
  }
  const ok = heard.some((text) => hasWords(text, words)) || hasWords(heard.join(" "), words);
  return {
    ok,
    seen: ok ? "" : heard.length === 0 ? "nothing was said" : `said ${heard.map(shown).join(", ")}`,
  };
}

function called({ tool, arguments: expected, never }: Kind<"called">, { record, sinceMs }: View): Verdict {
  const runs = record.tools.filter(({ atMs }) => never || atMs >= sinceMs);
  const found = runs.find((run) =>
    run.name === tool && (expected === undefined || fits(run.arguments, expected))
  );
  if (never) return { ok: !found, seen: found ? `called ${tool}(${shown(found.arguments)})` : "" };
  if (found) return { ok: true, seen: "" };
  const others = runs.map(({ name, arguments: args }) => `${name}(${shown(args)})`).join(", ");
  return { ok: false, seen: others === "" ? "no tool was called" : `called ${others}` };
}

function interrupted(
  { withinMs = Infinity, never }: Kind<"interrupted">,
  { record, sinceMs }: View,
): Verdict {
  if (never) {
    const times = record.interruptions.length;
    return { ok: times === 0, seen: times === 0 ? "" : `interrupted ${count(times, "time")}` };
  }
  const first = record.interruptions.find(({ atMs }) => atMs >= sinceMs);
  if (!first) return { ok: false, seen: "the agent went on" };
  const tookMs = first.atMs - sinceMs;
  return { ok: tookMs <= withinMs, seen: `after ${Math.round(tookMs)} ms` };
}

function answered({ withinMs = Infinity }: Kind<"answered">, view: View): Verdict {
  const { turnEndMs = view.sinceMs } = view;
  const answer = view.playout.answers.find(({ heardAtMs }) =>
    heardAtMs !== undefined && heardAtMs >= turnEndMs
  );
  if (!answer) return { ok: false, seen: "no answer came" };
  const tookMs = answer.heardAtMs! - turnEndMs;
  return { ok: tookMs <= withinMs, seen: `after ${Math.round(tookMs)} ms` };
}

function transferred({ to }: Kind<"transferred">, { record, sinceMs, destination }: View): Verdict {
  const requests = record.ami.filter(({ atMs, transfer }) => transfer !== undefined && atMs >= sinceMs);
  const wanted = to === undefined ? undefined : destination(to) ?? { extension: to };
  const found = requests.find(({ done, transfer }) =>
    done && (wanted === undefined || fits(transfer, wanted))
  );
  if (found) return { ok: true, seen: "" };
  const others = requests.map(({ done, transfer }) =>
    `${done ? "transferred" : "could not be transferred"} to ${transfer!.extension} (${transfer!.context})`
  );
  return { ok: false, seen: others.join(", ") || "no transfer was asked for" };
}

function handedOver({ to }: Kind<"handed over">, { record, sinceMs }: View): Verdict {
  const handoffs = record.handoffs.filter(({ atMs }) => atMs >= sinceMs).map((each) => each.to);
  if (to === undefined ? handoffs.length > 0 : handoffs.includes(to)) return { ok: true, seen: "" };
  return { ok: false, seen: handoffs.length === 0 ? "no handoff" : `handed over to ${handoffs.join(", ")}` };
}

function that({ holds }: Kind<"that">, { record }: View): Verdict {
  try {
    const outcome: unknown = holds(record.call());
    return { ok: outcome === true, seen: typeof outcome === "string" ? outcome : "" };
  } catch (error) {
    return { ok: false, seen: messageOf(error) };
  }
}
