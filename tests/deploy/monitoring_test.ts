import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import { COUNTERS, GAUGES, HISTOGRAMS, type Instrument } from "../../lib/metrics/instruments.ts";
import { prometheusName } from "../../lib/metrics/prometheus.ts";
import { WORKER_LOST } from "../../lib/metrics/workers.ts";
import { REASONS } from "../../lib/metrics/observer.ts";
import { metricsBench } from "../metrics/support.ts";

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  targets?: { refId: string; expr: string; datasource: { uid: string } }[];
}
interface Dashboard {
  uid: string;
  panels: Panel[];
  templating: { list: { name: string; type: string; definition?: string }[] };
}
interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

const file = (path: string) => Deno.readTextFileSync(new URL(`../../deploy/${path}`, import.meta.url));
const dashboard: Dashboard = JSON.parse(file("grafana/parley.json"));
const alerts: { groups: { name: string; rules: Rule[] }[] } = parse(file("prometheus/alerts.yml"));
const rules = alerts.groups.flatMap((group) => group.rules);

/** All that is asked of Prometheus, and who asks. */
const queries: [who: string, query: string][] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }): [string, string] => [title, expr])
  ),
  ...dashboard.templating.list.flatMap(({ name, definition }): [string, string][] =>
    definition === undefined ? [] : [[name, definition]]
  ),
  ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
];

/** Lines of the log that runbooks name. */
const LOG_LINES = [
  "Call refused",
  "Tool answered",
  "Record dropped",
  "Record was not taken",
  "Records can't be written to their file",
];

/** What Prometheus adds to each series. */
const ADDED = ["instance", "job"];

/** The series that there are, with their labels. */
function series(): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, readonly string[]>();
  const enter = (
    table: Readonly<Record<string, Instrument>>,
    isCounter: boolean,
    parts: readonly string[],
  ) => {
    for (const [name, instrument] of Object.entries(table)) {
      for (const part of parts) {
        const labels = [...instrument.labels, ...ADDED, ...(part === "_bucket" ? ["le"] : [])];
        all.set(prometheusName(name, instrument, isCounter) + part, labels);
      }
    }
  };
  enter(COUNTERS, true, [""]);
  enter(GAUGES, false, [""]);
  enter(HISTOGRAMS, false, ["_bucket", "_sum", "_count"]);
  return all;
}

/** Metrics in a query, with what their braces ask for. */
function selectors(query: string): { metric: string; matchers: [label: string, value: string][] }[] {
  return [...query.matchAll(/\b(parley_\w+)(?:\{([^}]*)\})?/g)].map(([, metric = "", inner = ""]) => ({
    metric,
    matchers: [...inner.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map((
      [, label = "", value = ""],
    ) => [label, value]),
  }));
}

Deno.test("monitoring: every series that the dashboard and the alerts ask for is on the page", async () => {
  const { families } = await metricsBench().read();
  const known = series();
  for (const [who, query] of queries) {
    for (const { metric, matchers } of selectors(query)) {
      assert(known.has(metric), `${who}: ${metric}`);
      const family = metric.replace(/_(bucket|sum|count)$/, "");
      assert(families.has(metric) || families.has(family), `${who}: ${metric} is not rendered`);
      for (const [label] of matchers) {
        assert(known.get(metric)!.includes(label), `${who}: ${metric} has no ${label}`);
      }
    }
    for (const [, inner = ""] of query.matchAll(/\b(?:by|on) \(([^)]*)\)/g)) {
      for (const label of inner.split(",").map((each) => each.trim()).filter((each) => each !== "")) {
        const asked = selectors(query).some(({ metric }) => known.get(metric)!.includes(label));
        assert(asked || ADDED.includes(label), `${who}: no series has ${label}`);
      }
    }
  }
});

Deno.test("monitoring: values that are asked for by name are values that there are", () => {
  const values: Record<string, readonly string[]> = {
    reason: [...REASONS, WORKER_LOST],
    status: ["400", "401", "403", "404", "503"],
    result: ["opened", "failed", "cancelled"],
    outcome: ["output", "error", "control", "undone"],
    direction: ["input", "output"],
    cached: ["yes", "no"],
  };
  let checked = 0;
  for (const [who, query] of queries) {
    for (const [label, value] of selectors(query).flatMap(({ matchers }) => matchers)) {
      if (value.startsWith("$")) continue;
      for (const each of value.split("|")) {
        assert(values[label]?.includes(each), `${who}: ${label} is never ${each}`);
        checked++;
      }
    }
  }
  assert(checked > 10);
});

Deno.test("monitoring: nothing is counted that the dashboard does not show", () => {
  const shown = new Set(queries.flatMap(([, query]) => selectors(query)).map(({ metric }) => metric));
  for (const [table, isCounter] of [[COUNTERS, true], [HISTOGRAMS, false], [GAUGES, false]] as const) {
    for (const [name, instrument] of Object.entries(table)) {
      const metric = prometheusName(name, instrument, isCounter);
      assert(shown.has(metric) || shown.has(`${metric}_bucket`), `Shown nowhere: ${metric}`);
    }
  }
});

Deno.test("dashboard: it can be imported with any data source, and its panels do not lie on each other", () => {
  const [first] = dashboard.templating.list;
  assertEquals([first?.name, first?.type], ["datasource", "datasource"]);
  const ids = dashboard.panels.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  const taken = new Set<string>();
  for (const { title, type, gridPos: { x, y, w, h }, datasource, targets = [] } of dashboard.panels) {
    assert(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert(!taken.has(`${column},${line}`), `${title} lies on another panel`);
        taken.add(`${column},${line}`);
      }
    }
    if (type === "row") continue;
    assert(targets.length > 0, title);
    for (const source of [datasource, ...targets.map((each) => each.datasource)]) {
      assertEquals(source?.uid, "${datasource}", title);
    }
  }
});

Deno.test("alerts: each says what happened, how bad it is and what to do", () => {
  const names = rules.map(({ alert }) => alert);
  assertEquals(new Set(names).size, names.length);
  for (const { alert, labels, annotations: { summary, runbook } } of rules) {
    assertMatch(alert, /^Parley[A-Z]/);
    assert(["page", "ticket", "info"].includes(labels.severity), alert);
    assert(summary.length > 20, alert);
    assert(runbook.length > 40, alert);
    // What a runbook names has to be there.
    for (const [, name = ""] of runbook.matchAll(/\b(Parley[A-Z]\w+)/g)) {
      assert(names.includes(name), `${alert} names ${name}`);
    }
    for (const [, title = ""] of runbook.matchAll(/"([A-Z][^"]+)"/g)) {
      const isPanel = dashboard.panels.some((panel) => panel.title === title);
      assert(isPanel || LOG_LINES.includes(title), `${alert} names ${title}`);
    }
  }
});
