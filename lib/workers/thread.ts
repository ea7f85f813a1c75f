import type { ToWorker } from "./messages.ts";

/** A worker's thread, as the main thread sees it. */
export interface Thread {
  post(message: ToWorker, transfer?: Transferable[]): void;
  /** Ends it as soon as it comes to rest: one that loops goes on, as the runtime can't stop it. */
  terminate(): void;
  /** Takes what it posts. */
  onMessage: (data: unknown) => void;
  /** Resolves when the thread is gone, however it ended: its sockets are closed, its listener is off the port. */
  readonly gone: Promise<void>;
}

/** The Web Locks API, which the runtime has and its types lack. */
interface Locks {
  request(name: string, hold: () => unknown): Promise<unknown>;
}

const { locks } = navigator as unknown as { readonly locks: Locks };

/**
 * Holds a lock for as long as this thread runs. The runtime lets go of a thread's locks when that is gone: this is how
 * the main thread learns of it, as neither an exit nor a termination is told otherwise. Resolves when it is held.
 */
export function holdLife(name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  void locks.request(name, () => {
    resolve();
    return new Promise<never>(() => {});
  });
  return promise;
}

/**
 * Starts a thread that runs worker.ts.
 * @param name of this thread and of no other
 */
export function startThread(name: string): Thread {
  const gone = Promise.withResolvers<void>();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name });
  let isUp = false;
  worker.onmessage = ({ data }) => {
    // It holds its lock by its first message.
    if (!isUp) void locks.request(name, () => gone.resolve());
    isUp = true;
    thread.onMessage(data);
  };
  // Without this its end would be the end of the process.
  worker.onerror = (event) => {
    event.preventDefault();
    if (!isUp) gone.resolve();
  };
  const thread: Thread = {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    terminate() {
      worker.terminate();
      if (!isUp) gone.resolve();
    },
    onMessage() {},
    gone: gone.promise,
  };
  return thread;
}
