/** How much is told: each level includes those after it. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

/** Structured data beside a message. No prompt, transcript, key or telephone number belongs here. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A log whose messages are static text; what varies goes into the fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with `fields` on every line. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  /** @default {"info"} */
  level?: LogLevel;
  /** One line of text, or one JSON object, per message. @default {"text"} */
  format?: "text" | "json";
  /** Takes each finished line. @default standard error */
  write?: (line: string) => void;
  /** @default the machine's time of day */
  now?: () => Date;
}

/** Longest text of a value; what comes from outside may be of any length. */
const VALUE_MAX = 2000;

/** Makes a log. Lines go to standard error, which a container's collector reads. */
export function createLog(options: LogOptions = {}): Log {
  const { level = "info", format = "text", now = () => new Date(), write = toStderr } = options;
  const lowest = LOG_LEVELS.indexOf(level);

  function make(bound: LogFields): Log {
    const at = (rank: number) => (message: string, fields?: LogFields) => {
      if (rank < lowest) return;
      const all = { ...bound, ...fields };
      write(format === "json" ? asJson(now(), rank, message, all) : asText(now(), rank, message, all));
    };
    return {
      debug: at(0),
      info: at(1),
      warn: at(2),
      error: at(3),
      with: (more) => make({ ...bound, ...more }),
    };
  }
  return make({});
}

/** A log that keeps nothing. */
export const silentLog: Log = createLog({ level: "error", write: () => {} });

const encoder = new TextEncoder();

/** A line that can't be written is lost: no call ends for want of a log. */
function toStderr(line: string): void {
  try {
    let rest = encoder.encode(line + "\n");
    while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch {
    // Whoever read it is gone, or its disk is full.
  }
}

/** The keys of every line; a field of such a name is told with a `_` behind it. */
const RESERVED: readonly string[] = ["time", "level", "message"];

function asJson(time: Date, rank: number, message: string, fields: LogFields): string {
  const own = Object.entries(fields).map(([key, value]) => [
    RESERVED.includes(key) ? `${key}_` : key,
    typeof value === "string" ? cut(value) : value,
  ]);
  const line = {
    time: time.toISOString(),
    level: LOG_LEVELS[rank],
    message: cut(message),
    ...Object.fromEntries(own),
  };
  return visible(JSON.stringify(line));
}

function asText(time: Date, rank: number, message: string, fields: LogFields): string {
  let line = `${time.toISOString().slice(11, 23)} ${LOG_LEVELS[rank]!.padEnd(5)} ${onOneLine(cut(message))}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = cut(String(value));
    line += ` ${onOneLine(key)}=${/^[\w.:\/+-]+$/.test(text) ? text : JSON.stringify(text)}`;
  }
  return visible(line);
}

function cut(text: string): string {
  return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}...` : text;
}

function onOneLine(text: string): string {
  return JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
}

/**
 * What JSON leaves as it is and a terminal or a viewer may act upon: control characters beyond ASCII, other ends of
 * lines, and marks that change the order in which text is read.
 */
const ACTING = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function visible(line: string): string {
  return line.replace(ACTING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
