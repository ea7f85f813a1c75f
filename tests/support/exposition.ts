/**
 * Reads Prometheus's text format, version 0.0.4, as strictly as `promtool check metrics` does: the grammar, the order,
 * histograms that add up, and the rules for names. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export interface Exposition {
  /** What is wrong with it, a line each. */
  readonly faults: readonly string[];
  readonly families: ReadonlyMap<string, Family>;
  /** The value of one series; undefined when there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** All values of a name added up, those with these labels among others. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

export interface Family {
  readonly name: string;
  type: string | undefined;
  help: string | undefined;
  readonly samples: Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const TYPES = ["counter", "gauge", "histogram", "summary", "untyped"];
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+(-?\d+))?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(,|$)/y;

export function readExposition(text: string): Exposition {
  const faults: string[] = [];
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let last: Family | undefined;
  const closed = new Set<Family>();

  const family = (name: string): Family => {
    const known = families.get(name);
    if (known) return known;
    const made: Family = { name, type: undefined, help: undefined, samples: [] };
    families.set(name, made);
    return made;
  };
  /** The lines of a family stand together. */
  const enter = (next: Family, line: string) => {
    if (last && last !== next) closed.add(last);
    if (closed.has(next)) faults.push(`${next.name} is told in two places: ${line}`);
    last = next;
  };
  const familyOf = (name: string): Family => {
    const base = /^(.*)_(bucket|sum|count)$/.exec(name)?.[1];
    const of = base === undefined ? undefined : families.get(base);
    return of && ["histogram", "summary"].includes(of.type ?? "") ? of : family(name);
  };

  function comment(line: string): void {
    const [, kind, name = "", rest = ""] = /^#[ \t]+(HELP|TYPE)[ \t]+(\S+)(?:[ \t]+(.*))?$/.exec(line) ?? [];
    if (kind === undefined) return;
    if (!NAME.test(name)) faults.push(`Not a name: ${line}`);
    const of = family(name);
    enter(of, line);
    if (of.samples.length > 0) faults.push(`${kind} comes after samples: ${line}`);
    if (kind === "TYPE") {
      if (of.type !== undefined) faults.push(`A second TYPE: ${line}`);
      if (!TYPES.includes(rest)) faults.push(`Not a type: ${line}`);
      of.type = rest;
    } else {
      if (of.help !== undefined) faults.push(`A second HELP: ${line}`);
      if (/\\[^\\n]/.test(rest.replaceAll("\\\\", ""))) faults.push(`A stray backslash: ${line}`);
      of.help = rest;
    }
  }

  function sample(line: string): void {
    const [whole, name = "", inner = "", number = ""] = SAMPLE.exec(line) ?? [];
    if (whole === undefined) return void faults.push(`Not a sample: ${line}`);
    const labels = labelsIn(inner);
    if (!labels) return void faults.push(`Not labels: ${line}`);
    const value = valueOf(number);
    if (value === undefined) return void faults.push(`Not a value: ${line}`);
    const series = name + JSON.stringify(Object.entries(labels).sort());
    if (seen.has(series)) faults.push(`A second time: ${line}`);
    seen.add(series);
    const of = familyOf(name);
    enter(of, line);
    of.samples.push({ name, labels, value });
  }

  if (text !== "" && !text.endsWith("\n")) faults.push("The last line has no end");
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    if (line.startsWith("#")) comment(line);
    else sample(line);
  }
  for (const each of families.values()) faults.push(...faultsOf(each));

  const all = [...families.values()].flatMap(({ samples }) => samples);
  const matches = (labels: Sample["labels"], wanted: Sample["labels"]) =>
    Object.entries(wanted).every(([name, value]) => labels[name] === value);
  return {
    faults,
    families,
    value: (name, labels = {}) =>
      all.find((each) =>
        each.name === name && matches(each.labels, labels) &&
        Object.keys(each.labels).length === Object.keys(labels).length
      )?.value,
    sum: (name, labels = {}) =>
      all.filter((each) => each.name === name && matches(each.labels, labels))
        .reduce((sum, { value }) => sum + value, 0),
  };
}

function labelsIn(inner: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  const text = inner.replace(/,$/, "");
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [whole, name = "", value = ""] = LABEL.exec(text) ?? [];
    if (whole === undefined || Object.hasOwn(labels, name) || name.startsWith("__")) return undefined;
    labels[name] = value.replaceAll(/\\(.)/g, (_, each) => each === "n" ? "\n" : each);
  }
  return labels;
}

function valueOf(text: string): number | undefined {
  if (/^[+-]?Inf$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (text === "NaN") return NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** What is wrong with a family as a whole, names included. */
function faultsOf({ name, type, help, samples }: Family): string[] {
  const faults: string[] = [];
  const blame = (what: string) => faults.push(`${name}: ${what}`);
  if (type === undefined) blame("no TYPE");
  if (!help) blame("no HELP");
  if (type === "counter" !== name.endsWith("_total")) blame("counters end in _total, and nothing else does");
  if (/[A-Z]/.test(name)) blame("not in snake case");
  if (type !== undefined && name.split("_").includes(type)) blame("the type is in the name");
  if (/_(bucket|count|sum)$/.test(name)) blame("ends as a part of a histogram does");
  if (/_(ms|milliseconds?|micro\w+|minutes?|hours?|kb|kilobytes?|mb|megabytes?|percent)(_|$)/.test(name)) {
    blame("not a base unit");
  }
  for (const { name: sample, labels, value } of samples) {
    if (type === "counter" && !(value >= 0 && value < Infinity)) blame(`a counter of ${value}`);
    if (type !== "histogram" && "le" in labels) blame("le outside of a histogram");
    if (type === "histogram" && sample === name) blame("a bare sample");
  }
  if (type === "histogram") faults.push(...histogramFaults(name, samples));
  return faults;
}

function histogramFaults(name: string, samples: readonly Sample[]): string[] {
  const faults: string[] = [];
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...others } }) => JSON.stringify(others));
  for (const [labels, group] of groups) {
    const blame = (what: string) => faults.push(`${name}${labels}: ${what}`);
    const buckets = group.filter((each) => each.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le = "" } }) => valueOf(le) ?? NaN);
    const one = (suffix: string) =>
      group.filter((each) => each.name === name + suffix).map(({ value }) => value);
    const [[count, ...counts], sums] = [one("_count"), one("_sum")];
    if (count === undefined || counts.length > 0 || sums.length !== 1) blame("not one _count and one _sum");
    if (bounds.at(-1) !== Infinity) blame("no last bucket of +Inf");
    if (bounds.some((bound, index) => !(bound > (bounds[index - 1] ?? -Infinity)))) {
      blame("buckets not in order");
    }
    if (buckets.some(({ value }, index) => value < (buckets[index - 1]?.value ?? 0))) blame("not cumulative");
    if (buckets.at(-1)?.value !== count) blame("the last bucket is not the count");
  }
  return faults;
}
