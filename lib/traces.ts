import type { CallEvent } from "./call/events.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { messageOf } from "./errors.ts";
import type { Log } from "./log.ts";
import { createLabels, type KnownNames } from "./metrics/known.ts";
import { GEN_AI } from "./traces/attributes.ts";
import { CallTrace } from "./traces/call-trace.ts";
import { providerOf } from "./traces/provider.ts";
import { createTelemetry, type Telemetry } from "./traces/telemetry.ts";
import type { RemoteParent } from "./traces/traceparent.ts";

export { type RemoteParent, remoteParentOf } from "./traces/traceparent.ts";

export interface TracesOptions {
  readonly config: Pick<Config, "traceContent" | "simulator" | "model">;
  readonly clock: Clock;
  readonly log: Log;
  readonly known: KnownNames;
  /** @default Deno's OpenTelemetry, where that is on */
  readonly telemetry?: Telemetry | undefined;
}

/** A call that begins. */
export interface TracedCallOptions {
  readonly uuid: string;
  readonly persona: string;
  /** Of the personas. */
  readonly generation?: number;
  /** Whose trace it is a part of; none: one of its own. */
  readonly parent: RemoteParent | undefined;
  /** Telephone numbers; told with TRACE_CONTENT alone. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** One call's trace. Nothing here ever throws. */
export interface TracedCall {
  /** Undefined where nobody will see it. */
  readonly traceId: string | undefined;
  watch(event: CallEvent): void;
  /** What `act` leads to, requests above all, is shown as a part of the call. */
  within<T>(act: () => T): T;
}

/** Makes a trace of each call. */
export interface Traces {
  begin(call: TracedCallOptions): TracedCall | undefined;
}

/** Makes the traces of a process; undefined where nobody takes them: then nothing is to be watched. */
export function createTraces(options: TracesOptions): Traces | undefined {
  const { config, clock, log, known } = options;
  const telemetry = options.telemetry ?? createTelemetry(clock);
  if (!telemetry) return undefined;
  const labels = createLabels(known);
  const provider = providerOf(config);
  let isFaulty = false;

  /** What traces a call must not end it. */
  function guarded<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      if (!isFaulty) log.error("Could not trace a call; told once", { error: messageOf(error) });
      isFaulty = true;
      return undefined;
    }
  }

  return {
    begin: ({ uuid, persona, generation, parent, from, to }) =>
      guarded(() => {
        const content = config.traceContent;
        const { span, traceId, isSampled, within } = telemetry.begin({
          name: `call ${labels.persona(persona)}`,
          kind: "server",
          startMs: clock.now(),
          attributes: {
            [GEN_AI.conversation]: uuid,
            [GEN_AI.agent]: persona,
            "parley.generation": generation,
            "parley.line.from": content ? from : undefined,
            "parley.line.to": content ? to : undefined,
          },
        }, parent);
        if (!isSampled) return { traceId: undefined, within, watch: () => {} };
        const call = new CallTrace({
          clock,
          span,
          persona,
          content,
          provider,
          conversation: uuid,
          toolName: (name) => labels.tool(name),
        });
        return { traceId, within, watch: (event: CallEvent) => void guarded(() => call.watch(event)) };
      }),
  };
}
