import type { CounterLabels, CounterName, GaugeName, HistogramLabels, HistogramName } from "./instruments.ts";

/** Takes what is measured. Labels are bounded by whoever measures. */
export interface Sink {
  /** @param value 0 or more */
  count<Name extends CounterName>(name: Name, value: number, labels: CounterLabels<Name>): void;
  /** @param seconds 0 or more */
  time<Name extends HistogramName>(name: Name, seconds: number, labels: HistogramLabels<Name>): void;
}

/** How a gauge stands just now. */
export interface Reading {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Reads a gauge when somebody looks; none where it does not apply. Never throws. */
export type ReadGauge = (name: GaugeName) => readonly Reading[];

/** Several sinks as one. */
export function toAll(sinks: readonly Sink[]): Sink {
  return {
    count(name, value, labels) {
      for (const sink of sinks) sink.count(name, value, labels);
    },
    time(name, seconds, labels) {
      for (const sink of sinks) sink.time(name, seconds, labels);
    },
  };
}
