const FRAME = 160;
/** Frames that are lost one after the other, in the mean: losses come in bursts. */
const BURST_FRAMES = 2;
/** Of what is repeated in place of a lost frame; after as many there is silence. */
const FADES = [0.7, 0.4, 0.15];

/** A line that loses packets: which ones, and what is heard in their place. */
export class PacketLoss {
  /** Share of the frames that are lost, 0 to 1. */
  share = 0;
  #random;
  #isLosing = false;
  #last = new Int16Array(FRAME);
  #lostInARow = 0;

  /** @param {() => number} [random] */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /**
   * A frame that comes through, or what the phone makes up for it: its last one, fading away.
   * @param {Int16Array} frame
   * @returns {{ frame: Int16Array, lost: boolean }}
   */
  pass(frame) {
    if (!this.#next()) {
      this.#last = frame.slice();
      this.#lostInARow = 0;
      return { frame, lost: false };
    }
    const fade = FADES[this.#lostInARow++] ?? 0;
    return { frame: this.#last.map((sample) => sample * fade), lost: true };
  }

  /** Two states, as in Gilbert's model: the mean length of a burst and the share of losses give both transitions. */
  #next() {
    const leave = 1 / BURST_FRAMES;
    const enter = this.share * leave / Math.max(1 - this.share, leave);
    this.#isLosing = this.share > 0 && (this.#isLosing ? this.#random() >= leave : this.#random() < enter);
    return this.#isLosing;
  }
}

const DELAY_MS = 120;
/** 18 dB down: what an ordinary hybrid, or a loud handset, sends back. */
const GAIN = 0.126;

/** The agent's voice that comes back over the caller's side. */
export class Echo {
  on = false;
  /** The agent's last frames, oldest first. */
  #frames = Array.from({ length: DELAY_MS / 20 }, () => new Int16Array(FRAME));

  /**
   * @param {Int16Array} caller changed in place
   * @param {Int16Array} agent what the caller hears at that time
   */
  add(caller, agent) {
    const past = this.#frames.shift();
    this.#frames.push(agent.slice());
    if (!this.on || !past) return;
    for (let at = 0; at < FRAME; at++) {
      const sum = (caller[at] ?? 0) + GAIN * (past[at] ?? 0);
      caller[at] = Math.max(-32768, Math.min(32767, Math.round(sum)));
    }
  }
}
