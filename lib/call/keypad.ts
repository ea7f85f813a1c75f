import type { Clock } from "../clock.ts";
import type { Persona } from "../persona/define.ts";
import { Digits } from "./digits.ts";

type Settings = Persona["dtmf"];
/** What a key does at once, as the persona says. */
export type KeyAction = "repeat" | "hangUp" | { readonly tell: string };

export interface KeypadOptions {
  readonly onEntry: (keys: string) => void;
  readonly onAction: (action: KeyAction) => void;
}

const DEFAULT_END_KEY = "#";
/** People find the next key within this time. */
const DEFAULT_TIMEOUT_SECONDS = 2;

/** The caller's telephone keys as a persona wants them: collected into entries, acting at once, or ignored. */
export class Keypad {
  readonly #settings: Settings;
  readonly #options: KeypadOptions;
  readonly #digits: Digits;

  constructor(clock: Clock, settings: Settings, options: KeypadOptions) {
    this.#settings = settings;
    this.#options = options;
    const collecting = typeof settings === "object" ? settings : {};
    const { until = DEFAULT_END_KEY, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = collecting;
    this.#digits = new Digits(clock, {
      endKey: until === false ? undefined : until,
      length: collecting.length,
      timeoutMs: timeoutSeconds * 1000,
      onEntry: options.onEntry,
    });
  }

  /** Whether a key is of any use now. */
  takes(key: string): boolean {
    return this.#settings !== "ignore" && this.#actionOf(key) !== "ignore";
  }

  /** One key: 0-9, * or #. */
  press(key: string): void {
    if (!this.takes(key)) return;
    const action = this.#actionOf(key);
    if (action === undefined || action === "ignore") this.#digits.press(key);
    else this.#options.onAction(action);
  }

  /** Whether the caller is in the middle of an entry. */
  get pending(): boolean {
    return this.#digits.pending;
  }

  /** Hands out the keys of an entry that is not complete, which begins anew elsewhere. */
  take(): string {
    return this.#digits.take();
  }

  /** The call is over. */
  stop(): void {
    this.#digits.clear();
  }

  #actionOf(key: string): KeyAction | "ignore" | undefined {
    // In the middle of an entry a key belongs to it.
    if (typeof this.#settings !== "object" || this.#digits.pending) return undefined;
    const keys: Partial<Record<string, KeyAction | "ignore">> = this.#settings.keys ?? {};
    return keys[key];
  }
}
