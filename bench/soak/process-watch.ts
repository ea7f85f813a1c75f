import { TextLineStream } from "./text-lines.ts";

/** A process as Linux shows it. */
export interface ProcessSample {
  readonly rssBytes: number;
  readonly fds: number;
  readonly sockets: number;
  readonly threads: number;
  /** Of all cores, since its start. */
  readonly cpuS: number;
}

const END = "end of sample";
/**
 * A shell, as Deno lets nobody read /proc who may not do everything. It ends with its standard input, and then so does
 * the process: it must not go on when the soak itself was killed.
 */
const SCRIPT = `
while read -r _; do
  cat "/proc/$1/status" "/proc/$1/stat" 2>/dev/null
  ls -l "/proc/$1/fd" 2>/dev/null
  echo "${END}"
done
kill -9 "$1" 2>/dev/null`;
/** Of /proc/<pid>/stat. */
const TICKS_PER_S = 100;

/** Looks at a process from outside. Linux alone. */
export class ProcessWatch implements AsyncDisposable {
  readonly #shell: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  constructor(pid: number) {
    this.#shell = new Deno.Command("sh", {
      args: ["-c", SCRIPT, "sh", String(pid)],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#shell.stdin.getWriter();
    this.#lines = this.#shell.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
  }

  /** Undefined when there is no such process. One at a time. */
  async sample(): Promise<ProcessSample | undefined> {
    await this.#input.write(new TextEncoder().encode("\n"));
    const lines: string[] = [];
    for (;;) {
      const { value, done } = await this.#lines.read();
      if (done || value === END) break;
      lines.push(value);
    }
    return readSample(lines);
  }

  /** As if the soak had been killed: the process is too. */
  async closeInput(): Promise<void> {
    await this.#input.close().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#shell.kill("SIGKILL");
    } catch {
      // Already gone.
    }
    await this.closeInput();
    await this.#lines.cancel();
    await this.#shell.status;
  }
}

/** The lines of /proc/<pid>/status, of /proc/<pid>/stat and of a listing of /proc/<pid>/fd. */
export function readSample(lines: readonly string[]): ProcessSample | undefined {
  const field = (name: string) => {
    const line = lines.find((each) => each.startsWith(`${name}:`));
    return line === undefined ? undefined : Number(/\d+/.exec(line)?.[0]);
  };
  const rssKb = field("VmRSS");
  // Behind the name of the program, which may hold anything: state, then numbers; utime and stime are 11 and 12 on.
  const times = lines.findLast((line) => /^\d+ \(.*\) [A-Z] /.test(line))?.replace(/^.*\) /, "").split(" ");
  if (rssKb === undefined || !times) return undefined;
  const links = lines.filter((line) => line.includes(" -> "));
  return {
    rssBytes: rssKb * 1024,
    fds: links.length,
    sockets: links.filter((line) => line.includes("-> socket:")).length,
    threads: field("Threads") ?? 0,
    cpuS: (Number(times[11]) + Number(times[12])) / TICKS_PER_S,
  };
}
