/** What the service's probe tells, see inside.ts. */
export interface Inside {
  readonly timers: number;
  readonly heapBytes: number;
}

const MESSAGES_MAX = 200;
const OTHER_LINES_MAX = 40;

/** Counts what a service's log tells, and keeps little of it. */
export class LogTally {
  started = 0;
  /** How many calls ended for which reason. */
  readonly reasons: Record<string, number> = {};
  /** Warnings and errors, by level and message. */
  readonly messages: Record<string, number> = {};
  /** The first line of each error. */
  readonly examples: Record<string, string> = {};
  /** What was not a line of the log: the banner, or a crash. */
  readonly otherLines: string[] = [];
  inside: Inside | undefined;
  /** The signal on which it said that it stops. */
  stoppedBy: string | undefined;

  get ended(): number {
    return Object.values(this.reasons).reduce((sum, each) => sum + each, 0);
  }

  line(text: string): void {
    const entry = parse(text);
    if (!entry) {
      if (text.trim() === "") return;
      this.otherLines.push(text);
      if (this.otherLines.length > OTHER_LINES_MAX) this.otherLines.shift();
      return;
    }
    if (entry.soak) return void (this.inside = entry.soak as Inside);
    const message = String(entry.message);
    if (message === "Call started") this.started++;
    if (message === "Stopping") this.stoppedBy = String(entry.signal);
    if (message === "Call ended") count(this.reasons, String(entry.reason));
    if (entry.level !== "warn" && entry.level !== "error") return;
    const key = `${entry.level}: ${message}`;
    if (!(key in this.messages) && Object.keys(this.messages).length >= MESSAGES_MAX) return;
    count(this.messages, key);
    if (entry.level === "error") this.examples[key] ??= text;
  }
}

export function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
