import { readWav, resampleTo, writeWav } from "../audio/wav.ts";
import { messageOf } from "../errors.ts";
import { type CallArguments, readArguments, type TurnArgument, USAGE } from "./arguments.ts";
import { placeCall } from "./caller.ts";
import type { CallerEvent, CallReport } from "./report.ts";
import type { Step } from "./script.ts";

const LINE_HZ = 8000;

async function main(): Promise<void> {
  const options = understood();
  if (options.help) return console.log(USAGE);
  const steps = await Promise.all(options.turns.map(stepOf));

  const hangUp = new AbortController();
  let dialling = true;
  Deno.addSignalListener("SIGINT", () => {
    // The first one hangs up and keeps what was heard.
    if (dialling || hangUp.signal.aborted) Deno.exit(130);
    hangUp.abort();
  });

  console.log(`Calling ${options.url.replace(/\?.*/s, "")}`);
  const report = await placeCall({
    url: options.url,
    steps,
    timing: options.timing,
    signal: hangUp.signal,
    onEvent(event) {
      dialling = false;
      console.log(`${(event.atMs / 1000).toFixed(2).padStart(7)}  ${describe(event)}`);
    },
  });
  console.log(`${(report.durationMs / 1000).toFixed(2).padStart(7)}  ended: ${report.ended}`);
  if (options.out !== undefined) await keep(options.out, report);
  console.log(summary(report));
  Deno.exit(report.errors.length > 0 || report.counts.received === 0 ? 1 : 0);
}

function understood(): CallArguments {
  try {
    return readArguments(Deno.args);
  } catch (error) {
    throw new Error(`${messageOf(error)}\n\n${USAGE}`);
  }
}

/** What the caller does in a turn; files are read and brought to the line's rate. */
async function stepOf(turn: TurnArgument): Promise<Step> {
  if ("press" in turn) return turn;
  const bytes = await Deno.readFile(turn.file).catch((error) => {
    throw new Error(`Could not read ${turn.file}: ${reason(error)}`);
  });
  try {
    const { sampleRate, samples } = readWav(bytes);
    return { say: resampleTo(samples, sampleRate, LINE_HZ) };
  } catch (error) {
    throw new Error(`${turn.file}: ${messageOf(error)}`);
  }
}

async function keep(path: string, report: CallReport): Promise<void> {
  try {
    await Deno.writeFile(path, writeWav(LINE_HZ, report.heard));
  } catch (error) {
    throw new Error(`Could not write ${path}: ${reason(error)}`);
  }
  console.log(`\nWrote ${path}: ${(report.heard.length / LINE_HZ).toFixed(1)} s, as the caller heard it`);
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or folder";
  return messageOf(error);
}

function describe(event: CallerEvent): string {
  switch (event.type) {
    case "first audio":
      return "first audio";
    case "transcript":
      return `${event.role === "user" ? "caller" : event.role}: ${event.text}`;
    case "interruption":
      return `interruption: ${ms(event.droppedMs)} of audio dropped`;
    case "error":
      return `error: ${event.message}`;
    case "speaking":
      return `(the caller speaks, ${(event.durationMs / 1000).toFixed(1)} s)`;
    case "turn ended":
      return "(the caller waits)";
    case "pressed":
      return `(the caller presses ${event.digit})`;
    case "bad message":
      return `message not understood: ${event.what}`;
    case "closed":
      return `line closed by the service (${event.code})`;
  }
}

function summary(report: CallReport): string {
  const { received, played, dropped, interruptions } = report.counts;
  const turns = report.turns.map(({ latencyMs }) => latencyMs === undefined ? "none" : ms(latencyMs));
  const rows: [string, string][] = [
    ["call", `${(report.durationMs / 1000).toFixed(1)} s`],
    ["frames", `${received} received, ${played} played, ${dropped} dropped`],
    ["interruptions", String(interruptions)],
    ["longest gap inside an answer", ms(report.longestGapMs)],
    ["time to first audio", report.firstAudioMs === undefined ? "none came" : ms(report.firstAudioMs)],
  ];
  if (turns.length > 0) rows.push(["end of speech to first audio", turns.join(", ")]);
  return `\n${rows.map(([name, value]) => `${name.padEnd(30)}${value}`).join("\n")}`;
}

const ms = (value: number) => `${Math.round(value)} ms`;

if (import.meta.main) {
  main().catch((error) => {
    console.error(messageOf(error));
    Deno.exit(1);
  });
}
