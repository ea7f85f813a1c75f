const FRAME_SAMPLES = 160;

/**
 * Puts frames that leave in one go together into larger messages: fewer of them cost less. Nothing waits for a frame that
 * comes later: what is left of a burst goes out at the end of the task that brought it.
 */
export class Batches {
  readonly #send: (samples: Int16Array) => void;
  readonly #room: Int16Array;
  #samples = 0;
  #scheduled = false;

  /**
   * @param frames of 20 ms in a message, at most
   * @param send takes samples at 8 kHz, valid only until it returns; must not throw
   */
  constructor(frames: number, send: (samples: Int16Array) => void) {
    this.#send = send;
    this.#room = new Int16Array(frames * FRAME_SAMPLES);
  }

  /** Takes 20 ms, 160 samples. */
  push(frame: Int16Array): void {
    if (this.#room.length === frame.length) return this.#send(frame);
    this.#room.set(frame, this.#samples);
    this.#samples += frame.length;
    if (this.#samples === this.#room.length) return this.flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Sends what there is: something else is to follow it. */
  flush(): void {
    if (this.#samples === 0) return;
    const samples = this.#room.subarray(0, this.#samples);
    this.#samples = 0;
    this.#send(samples);
  }

  /** Forgets what has not been sent. */
  drop(): void {
    this.#samples = 0;
  }
}
