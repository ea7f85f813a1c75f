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

const encoder = new TextEncoder();

/** Makes a log. Lines go to standard error, which a container's collector reads. */
export function createLog(options: LogOptions = {}): Log {
  const { level = "info", format = "text", now = () => new Date() } = options;
  const write = options.write ?? ((line) => Deno.stderr.writeSync(encoder.encode(line + "\n")));
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

function asJson(time: Date, rank: number, message: string, fields: LogFields): string {
  return JSON.stringify({ time: time.toISOString(), level: LOG_LEVELS[rank], message, ...fields });
}

function asText(time: Date, rank: number, message: string, fields: LogFields): string {
  let line = `${time.toISOString().slice(11, 23)} ${LOG_LEVELS[rank]!.padEnd(5)} ${message}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    line += ` ${key}=${/^[\w.:\/+-]+$/.test(text) ? text : JSON.stringify(text)}`;
  }
  return line;
}
