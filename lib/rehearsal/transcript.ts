import { shown } from "./matching.ts";
import type { CallRecord } from "./record.ts";
import { ENDINGS } from "./words.ts";

/** One line of a transcript. */
export interface TranscriptLine {
  /** Since the call began. */
  readonly atMs: number;
  readonly who: "caller" | "agent" | "tool" | "call";
  readonly text: string;
  /** The agent was cut off here. */
  readonly interrupted: boolean;
}

/** What was said and done in a call, in the order in which it could be heard. */
export function transcriptOf(record: CallRecord): TranscriptLine[] {
  const lines: TranscriptLine[] = [
    ...record.agent.filter(({ text }) => text !== "").map(({ atMs, text, heardText }) => ({
      atMs,
      who: "agent" as const,
      text: heardText ?? text,
      interrupted: heardText !== undefined,
    })),
    ...record.caller.map(({ atMs, text, spoken }) => line(atMs, "caller", spoken ? text : `(${text})`)),
    ...record.tools.map(({ atMs, name, arguments: args, result }) =>
      line(atMs, "tool", `${name}(${shown(args)})${result === "" ? "" : ` gives ${shortened(result)}`}`)
    ),
    ...record.ami.map(({ atMs, done, transfer }) => {
      const deed = transfer ? `transfer to ${transfer.extension} (${transfer.context})` : "hang-up";
      return line(atMs, "call", `(${deed}${done ? "" : " that avr-ami refuses"})`);
    }),
    ...record.handoffs.map(({ atMs, to }) => line(atMs, "call", `(handed over to ${to})`)),
  ];
  const { ended = "fault", endedMs } = record;
  if (endedMs !== undefined) lines.push(line(endedMs, "call", `(ended by ${ENDINGS[ended]})`));
  return lines.sort((a, b) => a.atMs - b.atMs)
    .map((each) => ({ ...each, atMs: Math.round(each.atMs - record.startMs) }));
}

function line(atMs: number, who: TranscriptLine["who"], text: string): TranscriptLine {
  return { atMs, who, text, interrupted: false };
}

function shortened(text: string): string {
  const flat = text.replace(/\s+/g, " ");
  return flat.length > 200 ? `${flat.slice(0, 200)}...` : flat;
}
