import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { ConfigError, messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { loadTools, type Toolbox } from "../tools/load.ts";
import { changes } from "./changes.ts";
import { Edition } from "./edition.ts";
import type { Generation, Generations, Lease, Reload } from "./generation.ts";
import { loadPersonas, type Personas } from "./load.ts";
import { needsRestart } from "./needs-restart.ts";

export interface StoreOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Number of the first generation. @default {1} */
  readonly generation?: number;
  /** @default AVR's own folder */
  readonly avrDir?: string;
  /** @default the machine's time of day */
  readonly now?: () => Date;
}

/** Personas that were read, and from what. */
export interface ReadPersonas {
  readonly personas: Personas;
  readonly edition: Edition;
}

/** A generation with what belongs to it. */
interface Held extends Generation, ReadPersonas {
  readonly toolbox: Toolbox;
  /** Calls that hold it. */
  uses: number;
}

/** A tool may go on for two minutes, after the end of its call too. */
const LINGER_MS = 125_000;

/**
 * Reads the personas of a configuration.
 * @throws {ConfigError} with all faults of all files
 */
export async function readPersonas(
  { personasDir, persona, overrides }: Pick<Config, "personasDir"> & Partial<Config>,
): Promise<ReadPersonas> {
  const edition = new Edition();
  try {
    const personas = await loadPersonas(personasDir, {
      importFile: (file) => edition.import(file),
      ...(persona === undefined ? {} : { persona }),
      ...(overrides === undefined ? {} : { overrides }),
    });
    return { personas, edition };
  } catch (error) {
    edition.seal();
    throw error;
  }
}

/**
 * The personas of a running service and their tools. They can be loaded anew: calls keep the generation that they began
 * with, new ones get the last that was good.
 */
export class PersonaStore implements Generations {
  readonly #options: StoreOptions;
  readonly #held = new Set<Held>();
  readonly #lingering = new Map<Held, () => void>();
  #current: Held;
  #lastReload: Reload | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #closed = false;

  private constructor(options: StoreOptions, first: Held) {
    this.#options = options;
    this.#current = first;
    this.#held.add(first);
  }

  /** Loads the tools of the first personas; warnings of both go to the log. */
  static async open(read: ReadPersonas, options: StoreOptions): Promise<PersonaStore> {
    const toolbox = await openTools(read, options);
    for (const warning of warningsOf(read.personas, toolbox)) {
      options.log.warn("Doubtful persona or tool", { warning });
    }
    return new PersonaStore(options, held(options.generation ?? 1, read, toolbox));
  }

  get current(): Generation & { readonly toolbox: Toolbox } {
    return this.#current;
  }

  get lastReload(): Reload | undefined {
    return this.#lastReload;
  }

  take(): Lease {
    const generation = this.#current;
    generation.uses++;
    let held = true;
    return {
      generation,
      release: () => {
        if (!held) return;
        held = false;
        generation.uses--;
        this.#letGo(generation);
      },
    };
  }

  /**
   * Loads all files anew. Where anything is wrong with one, the generation before goes on, and the log tells why. Asked
   * again meanwhile, it loads once more afterwards.
   * @param reason for the log
   */
  reload(reason: string): Promise<void> {
    if (this.#running) {
      this.#next ??= this.#running.then(() => {
        this.#next = undefined;
        return this.reload(reason);
      });
      return this.#next;
    }
    this.#running = this.#load(reason).finally(() => this.#running = undefined);
    return this.#running;
  }

  /** Ends the sandboxes of all tools; nothing is loaded any more. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#lingering.values()) stop();
    for (const { toolbox } of this.#held) toolbox.close();
  }

  async #load(reason: string): Promise<void> {
    if (this.#closed) return;
    const { config, log, now = () => new Date() } = this.#options;
    const before = this.#current;
    let next: Held;
    try {
      const read = await readPersonas(config);
      const toolbox = await openTools(read, this.#options, before.toolbox);
      next = held(before.number + 1, read, toolbox);
      const faults = faultsOf(next, before);
      if (faults.length > 0) {
        toolbox.close();
        throw new ConfigError(faults);
      }
    } catch (error) {
      const faults = error instanceof ConfigError ? error.faults : [messageOf(error)];
      this.#lastReload = { at: now(), faults };
      for (const fault of faults) log.error("Could not take a file", { fault });
      log.error("Personas are not reloaded, the last good ones stay", { generation: before.number, reason });
      return;
    }
    if (this.#closed) return next.toolbox.close();
    this.#current = next;
    this.#held.add(next);
    this.#lastReload = { at: now(), faults: [] };
    const told = new Set(warningsOf(before.personas, before.toolbox));
    for (const warning of warningsOf(next.personas, next.toolbox)) {
      if (!told.has(warning)) log.warn("Doubtful persona or tool", { warning });
    }
    const { changed, gone } = changes(before, next);
    log.info("Personas reloaded", { generation: next.number, changed, gone, reason });
    this.#letGo(before);
  }

  /** Closes one that is neither current nor held by a call, once its last tools had the time to finish. */
  #letGo(generation: Held): void {
    if (this.#closed || generation === this.#current || generation.uses > 0) return;
    const stop = this.#options.clock.after(LINGER_MS, () => {
      this.#lingering.delete(generation);
      this.#held.delete(generation);
      generation.toolbox.close();
    });
    this.#lingering.set(generation, stop);
  }
}

function held(number: number, read: ReadPersonas, toolbox: Toolbox): Held {
  return { ...read, number, toolbox, toolsFor: (persona) => toolbox.toolsFor(persona), uses: 0 };
}

/** All files have been read after this. */
async function openTools(
  { personas, edition }: ReadPersonas,
  options: StoreOptions,
  before?: Toolbox,
): Promise<Toolbox> {
  const files = {
    import: (file: string) => edition.import(file),
    sandboxOf: edition.sandboxOf.bind(edition),
  };
  try {
    return await loadTools({ ...options, personas, files, ...(before ? { before } : {}) });
  } finally {
    edition.seal();
  }
}

/** What speaks against a generation that could be loaded. */
function faultsOf({ personas, toolbox }: Held, before: Held): string[] {
  // A tool that could not be had before is missed by nobody.
  const broken = toolbox.faults.filter((fault) => !before.toolbox.faults.includes(fault));
  return [...broken, ...needsRestart(personas, toolbox)];
}

function warningsOf(personas: Personas, toolbox: Toolbox): string[] {
  return [...[...personas.values()].flatMap(({ warnings }) => warnings), ...toolbox.warnings];
}
