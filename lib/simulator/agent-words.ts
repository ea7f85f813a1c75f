/** Loudness bounds in dBFS RMS and how an agent names what lies above each. */
const LEVELS: readonly (readonly [number, string])[] = [
  [-16, "at a high level"],
  [-34, "at a normal level"],
  [-46, "at a low level"],
  [-Infinity, "at a very low level"],
];
const HEARD = ["I heard", "That was", "You spoke for"] as const;
const ASK_ON = ["Please go on.", "What else?", "Anything else?", "How can I help?"] as const;
const STILL_THERE = ["Are you still there?", "I can't hear you. Are you still on the line?"] as const;
const KEYS: Readonly<Record<string, string>> = { "*": "star", "#": "pound" };

/** The words of a greeting the caller of the API fixed, or undefined where it fixed none. */
export function exactWords(instructions: string): string | undefined {
  // The last of its kind counts: a persona may quote such a sentence before the real one.
  const starts = [...instructions.matchAll(/say exactly[^"]*"/gi)];
  for (const start of starts.reverse()) {
    const words = instructions.slice(start.index + start[0].length);
    const end = words.lastIndexOf('"');
    if (end > 0 && words.slice(0, end).trim() !== "") return words.slice(0, end).trim();
  }
  return undefined;
}

/** A greeting that shows whose instructions arrived: "I speak for a calm, composed and reassuring persona." */
export function greeting(instructions: string): string {
  const persona = personaHint(instructions);
  const middle = persona === undefined ? "" : ` I speak for ${persona}.`;
  return `Hello, this is the simulator.${middle} How can I help?`;
}

/** Who the instructions describe, as a noun phrase with its article; undefined where they do not say in plain words. */
export function personaHint(instructions: string): string | undefined {
  const role = /\byou(?: are|['’]re)(?: called [\w ]+,)? (an? [^.;:,\n]+)/i.exec(instructions)?.[1];
  if (role !== undefined && plain(role)) return tidy(role);
  const label =
    /^[\s#*-]*(?:[\w ]+[/&] ?)?(?:voice |voice-)?(?:affect|personality|tone|role|style)\b[^:\n]*:\W*([^.;:(\n]+)/im;
  const trait = label.exec(instructions)?.[1];
  if (trait === undefined || !plain(trait)) return undefined;
  const words = tidy(trait);
  return /^an? /.test(words) ? words : `${/^[aeiou]/.test(words) ? "an" : "a"} ${words} persona`;
}

function plain(words: string): boolean {
  return /^[\p{L}\p{N}' ,-]{3,80}$/u.test(words.trim().replaceAll("’", "'"));
}

function tidy(words: string): string {
  return words.trim().replaceAll("’", "'").replace(/,? and (?=\S+$)/, " and ").replace(
    /^./,
    (c) => c.toLowerCase(),
  );
}

/** What was heard of the caller, in a sentence that varies, and a word to go on. `random` is 0 up to 1. */
export function heardWords(
  heard: { readonly speechMs: number; readonly rmsDbfs: number } | undefined,
  answers: number,
  random: number,
): string {
  const askOn = ASK_ON[Math.floor(random * ASK_ON.length)] ?? ASK_ON[0];
  if (heard === undefined) return `I heard you. ${askOn}`;
  if (heard.speechMs < 250) return "That was very short. Could you say it again?";
  const verb = HEARD[answers % HEARD.length]!;
  const speech = verb === "You spoke for" ? "" : " of speech";
  const loudness = LEVELS.find(([dbfs]) => heard.rmsDbfs >= dbfs)?.[1] ?? "at a very low level";
  return `${verb} ${duration(heard.speechMs)}${speech}, ${loudness}. ${askOn}`;
}

function duration(ms: number): string {
  if (ms >= 59_950) return "more than a minute";
  const seconds = String(Math.round(ms / 100) / 10);
  return seconds === "1" ? "1 second" : `${seconds} seconds`;
}

/** For a caller who has been silent: the `answers` so far choose between two ways to ask. */
export function stillThere(answers: number): string {
  return STILL_THERE[answers % STILL_THERE.length]!;
}

/** The keys a text says were pressed ("The caller pressed 4 2 #" gives "42#"); empty where it says none. */
export function pressedKeys(text: string): string {
  const keys =
    /\bpress(?:ed|es)?\b(?:\s+the)?(?:\s+(?:keys?|digits?|buttons?))?[\s:,"']*((?:[0-9*#]+(?!\w)[\s,]*)+)/i;
  return (keys.exec(text)?.[1] ?? "").replace(/[^0-9*#]/g, "");
}

/** "You pressed 4, 2, pound." */
export function keysBack(keys: string): string {
  return `You pressed ${[...keys].map((key) => KEYS[key] ?? key).join(", ")}.`;
}

/** A tool's outcome in brief. `output` is the text of a function_call_output, JSON or not. */
export function resultWords(output: string): string {
  const value = parsed(output);
  const fields = typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : {};
  const { success, ok, error, ...rest } = fields;
  const failed = success === false || ok === false || Boolean(error) ||
    typeof value === "string" && /^\W*(?:error|failed|could not|cannot)\b/i.test(value);
  const reason = (error as Fields | undefined | null)?.message || error || rest.message || rest.result;
  const detail = brief(reason || (value === fields ? rest : value));
  const outcome = failed ? "That did not work." : "That is done.";
  return detail === "" ? outcome : `${outcome} ${failed ? "The reason is" : "The result is"}: ${detail}.`;
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a result need not be JSON
  }
}

/** At most twelve words of a value, without JSON's marks. */
export function brief(value: unknown): string {
  if (value === undefined || value === null || value === true || value === false) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value).replace(/,/g, ", ");
  const words = text.replace(/[{}[\]"\\]/g, "").replace(/[:_]/g, " ").trim().split(/\s+/);
  return words.slice(0, 12).join(" ").replace(/[.,;!?\s]+$/, "").slice(0, 160);
}
