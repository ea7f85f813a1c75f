import type { Purse } from "../server/purse.ts";
import type { DoorState, Tally } from "../server/together.ts";

/** What a worker tells on the board. */
export type Row = Tally & { readonly door: DoorState };

const DOORS: readonly DoorState[] = ["open", "draining", "closed"];
/** Of a row, in this order; 0 where there is no worker. */
const FIELDS = ["beat", "taken", "lacking", "live", "answered", "door"] as const;
type Field = typeof FIELDS[number];

/** The upper bits are the day, the lower ones what it has cost. */
const AMOUNT_BITS = 48n;
const AMOUNT_MASK = (1n << AMOUNT_BITS) - 1n;
/** Ten millionths of a dollar: the most that a budget may be has 44 bits. */
const UNITS_PER_USD = 1e7;
const PURSE_BYTES = 8;

/**
 * Memory that all threads of the service share: a row for each worker, written by that worker alone and cleared when its
 * thread is gone, so that nothing of a dead one stays taken; and the purse, which is everyone's.
 */
export class Board {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #money: BigInt64Array;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#money = new BigInt64Array(buffer, 0, 1);
    this.#cells = new Int32Array(buffer, PURSE_BYTES);
  }

  static create(places: number): Board {
    return new Board(new SharedArrayBuffer(PURSE_BYTES + 4 * FIELDS.length * places));
  }

  /** The same one, in another thread. @throws {RangeError} when it is none */
  static over(buffer: SharedArrayBuffer): Board {
    return new Board(buffer);
  }

  /** How many rows there are. */
  get places(): number {
    return this.#cells.length / FIELDS.length;
  }

  publish(place: number, row: Row): void {
    for (const field of ["taken", "lacking", "live", "answered"] as const) {
      this.#set(place, field, row[field]);
    }
    this.#set(place, "door", DOORS.indexOf(row.door) + 1);
  }

  /** The worker is alive. */
  beat(place: number): void {
    Atomics.add(this.#cells, this.#at(place, "beat"), 1);
  }

  /** Changes as long as the worker is alive. */
  beatOf(place: number): number {
    return this.#get(place, "beat");
  }

  liveOf(place: number): number {
    return this.#get(place, "live");
  }

  /** The worker is gone. Calls that it has answered stay answered. */
  clear(place: number): void {
    for (const field of ["taken", "lacking", "live", "door"] as const) this.#set(place, field, 0);
  }

  answeredOf(place: number): number {
    return this.#get(place, "answered");
  }

  /** @param except a worker that is left out */
  sum(except?: number): Tally & { readonly door: DoorState | undefined } {
    const sum = { taken: 0, lacking: 0, live: 0, answered: 0 };
    let door = 0;
    for (let place = 0; place < this.places; place++) {
      if (place === except) continue;
      for (const field of Object.keys(sum) as (keyof typeof sum)[]) sum[field] += this.#get(place, field);
      const own = this.#get(place, "door");
      if (own > 0 && (door === 0 || own < door)) door = own;
    }
    return { ...sum, door: DOORS[door - 1] };
  }

  /** The money that all spend together: nothing is lost, whoever writes at the same time. */
  get purse(): Purse {
    const money = this.#money;
    const spent = (cell: bigint, day: number) =>
      cell >> AMOUNT_BITS === BigInt(day) ? cell & AMOUNT_MASK : 0n;
    return {
      spent: (day) => Number(spent(Atomics.load(money, 0), day)) / UNITS_PER_USD,
      add(day, usd) {
        const units = BigInt(Math.round(usd * UNITS_PER_USD));
        for (let seen = Atomics.load(money, 0);;) {
          const sum = spent(seen, day) + units;
          const amount = sum > AMOUNT_MASK ? AMOUNT_MASK : sum;
          const found = Atomics.compareExchange(money, 0, seen, BigInt(day) << AMOUNT_BITS | amount);
          if (found === seen) return Number(amount) / UNITS_PER_USD;
          seen = found;
        }
      },
    };
  }

  #at(place: number, field: Field): number {
    return place * FIELDS.length + FIELDS.indexOf(field);
  }

  #get(place: number, field: Field): number {
    return Atomics.load(this.#cells, this.#at(place, field));
  }

  #set(place: number, field: Field, value: number): void {
    Atomics.store(this.#cells, this.#at(place, field), value);
  }
}
