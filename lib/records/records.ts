import type { CallEvent } from "../call/events.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import { Delivery, type DeliveryOptions, type Tally } from "./delivery.ts";
import { RecordFile } from "./file.ts";
import type { CallRecord, LineFacts } from "./record.ts";
import { Recorder } from "./recorder.ts";

export interface RecordsOptions extends Pick<DeliveryOptions, "clock" | "log" | "now" | "fetch" | "random"> {
  readonly records: Config["records"];
  /** What becomes of the records on each of their ways. */
  readonly tally?: (to: RecordsWay) => Tally;
}

/** Where records go. */
export type RecordsWay = "file" | "url";

/** Keeps a record of each call, where RECORDS_FILE and RECORDS_URL want it. */
export interface Records {
  /** Makes what takes the events of one call, from `started` on. */
  begin(uuid: string, line: LineFacts, traceId?: string): (event: CallEvent) => void;
  /** How many wait on each of their ways. */
  readonly waiting: readonly (readonly [RecordsWay, number])[];
  /** Tries once more what could not be written or sent. Resolves when all of it was tried, or at the limit. */
  close(limitMs: number): Promise<void>;
}

/** Makes the records; undefined where none are kept. */
export function createRecords(options: RecordsOptions): Records | undefined {
  const { records: { file: path, url, secret, content }, clock, log, now } = options;
  const tallyOf = (to: RecordsWay) => options.tally?.(to) ?? NO_TALLY;
  const file = path === undefined ? undefined : new RecordFile({ path, clock, log, tally: tallyOf("file") });
  const delivery = url === undefined
    ? undefined
    : new Delivery({ ...options, url, secret, tally: tallyOf("url") });
  if (!file && !delivery) return undefined;

  function done(record: CallRecord): void {
    try {
      const line = JSON.stringify(record);
      file?.add(line);
      delivery?.add(line);
    } catch (error) {
      if (file) tallyOf("file").lost("broken");
      if (delivery) tallyOf("url").lost("broken");
      const { uuid, personas: [persona] } = record;
      log.error("Could not write a call's record", { uuid, persona, error: messageOf(error) });
    }
  }

  return {
    get waiting() {
      return [
        ...(file ? [["file", file.waiting] as const] : []),
        ...(delivery ? [["url", delivery.waiting] as const] : []),
      ];
    },
    begin(uuid, line, traceId) {
      const recorder = new Recorder({ uuid, line, traceId, content: content === "full", clock, now, done });
      return (event) => recorder.watch(event);
    },
    async close(limitMs) {
      await Promise.all([within(clock, limitMs, file?.close()), delivery?.close(limitMs)]);
    },
  };
}

const NO_TALLY: Tally = { taken() {}, lost() {} };

/** Resolves when the promise does, or at the limit. */
async function within(clock: Clock, limitMs: number, promise: Promise<void> | undefined): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const stop = clock.after(limitMs, resolve);
  await Promise.race([promise, late]);
  stop();
}
