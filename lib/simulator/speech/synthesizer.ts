import type { Clock } from "../../clock.ts";
import type { Done, Job } from "./worker.ts";

/** Loading takes 0.1 s and a sentence as long; after this the worker is taken for dead. */
const LIMIT_MS = 20_000;

interface Waiting {
  readonly resolve: (samples: Int16Array) => void;
  readonly reject: (error: Error) => void;
  readonly cancelLimit: () => void;
}

/** Flite in a worker: started at the first job, given up for good when it can't be loaded or does not answer. */
export class Synthesizer {
  readonly #clock: Clock;
  readonly #start: () => Worker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #ended: Error | undefined;
  #jobs = 0;

  constructor(clock: Clock, start: () => Worker = startWorker) {
    this.#clock = clock;
    this.#start = start;
  }

  /** Runs Flite with `args` and gives its sound at 24 kHz. Rejects where Flite fails or can't be had. */
  run(args: readonly string[], pitch: number): Promise<Int16Array> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const id = this.#jobs++;
      const cancelLimit = this.#clock.after(LIMIT_MS, () => {
        this.end(new Error(`Cannot reach the speech worker: no answer within ${LIMIT_MS} ms`));
      });
      this.#waiting.set(id, { resolve, reject, cancelLimit });
      try {
        this.#worker ??= this.#listen(this.#start());
        this.#worker.postMessage({ id, args, pitch } satisfies Job);
      } catch (error) {
        this.end(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Ends the worker; jobs under way and later ones reject with `reason`. */
  end(reason: Error): void {
    this.#ended ??= reason;
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(this.#ended);
  }

  #listen(worker: Worker): Worker {
    worker.onmessage = ({ data }: MessageEvent<Done>) => {
      const waiting = this.#take(data.id);
      if ("samples" in data) waiting?.resolve(data.samples);
      else waiting?.reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      event.preventDefault(); // or it would end the process
      this.end(new Error(event.message.split("\n")[0])); // the stack stays out of the log
    };
    return worker;
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    waiting?.cancelLimit();
    this.#waiting.delete(id);
    return waiting;
  }
}

function startWorker(): Worker {
  const url = new URL("./worker.ts", import.meta.url);
  // Asked beforehand, for Deno prints a refused worker's error over the service's own log.
  if (
    url.protocol === "file:" && Deno.permissions.querySync({ name: "read", path: url }).state !== "granted"
  ) {
    throw new Error(`Cannot start the speech worker: no read permission for ${url.pathname}`);
  }
  return new Worker(url, { type: "module", deno: { permissions: "none" } });
}
