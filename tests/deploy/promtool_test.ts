import { assert, assertEquals, assertGreater } from "@std/assert";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { metricsBench } from "../metrics/support.ts";
import { readExposition } from "../support/exposition.ts";

/**
 * Prometheus's own tool over what is ours: the page of metrics, the alerts, the dashboard's queries. It is no package of
 * npm's (Debian: `apt install prometheus`); where it is not installed these tests are left out.
 */
const FOLDER = new URL("../../deploy/prometheus/", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, FOLDER));

/** What promtool says, and nothing when it has nothing to say against it. */
async function promtool(args: readonly string[], input = ""): Promise<string> {
  const tool = new Deno.Command("promtool", {
    args: [...args],
    cwd: fileURLToPath(FOLDER),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = tool.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await tool.output();
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  return success ? "" : said || "refused";
}

const ignore = !isInstalled();
function isInstalled(): boolean {
  try {
    return new Deno.Command("promtool", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

/** Pages that are wrong in one thing each. */
const WRONG: Readonly<Record<string, string>> = {
  "a value that is none": "# HELP a_total A.\n# TYPE a_total counter\na_total one\n",
  "no end of the last line": "# HELP a_total A.\n# TYPE a_total counter\na_total 1",
  "a label without its end": '# HELP a_total A.\n# TYPE a_total counter\na_total{b="c 1\n',
  "a label that is no name": '# HELP a_total A.\n# TYPE a_total counter\na_total{1b="c"} 1\n',
  "a metric that is no name": "# HELP a-b A.\n# TYPE a-b counter\na-b 1\n",
  "an unknown type": "# HELP a A.\n# TYPE a thing\na 1\n",
  "a second type": "# HELP a A.\n# TYPE a gauge\n# TYPE a gauge\na 1\n",
  "a type after its samples": "a 1\n# HELP a A.\n# TYPE a gauge\n",
  "no help": "# TYPE a gauge\na 1\n",
  "a counter without _total": "# HELP a A.\n# TYPE a counter\na 1\n",
  "a gauge with _total": "# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n",
  "milliseconds": "# HELP a_ms A.\n# TYPE a_ms gauge\na_ms 1\n",
  "capitals": "# HELP aB A.\n# TYPE aB gauge\naB 1\n",
  "the type in the name": "# HELP a_gauge A.\n# TYPE a_gauge gauge\na_gauge 1\n",
  "le without a histogram": '# HELP a A.\n# TYPE a gauge\na{le="1"} 1\n',
  "garbage": "this is not it at all ###\n",
};

Deno.test({
  name: "promtool: the page of metrics is one that it accepts, and has no remark on",
  ignore,
  async fn() {
    const { metrics } = metricsBench();
    metrics.watch({ type: "started", persona: "test" } as never, "u-1");
    metrics.watch({ type: "first_audio", sinceStartMs: 400 } as never, "u-1");
    metrics.watch({ type: "tool", name: 'look "up"\n', outcome: "output", durationMs: 20 } as never, "u-1");
    metrics.bind({ calls: () => ({ live: 1, limit: 7, draining: false }) });
    const { text } = await metrics.render();
    assertGreater(text.length, 1000);
    assertEquals(await promtool(["check", "metrics"], text), "");
  },
});

Deno.test({
  name: "promtool: it refuses every page that is wrong in one thing",
  ignore,
  async fn() {
    for (const [what, page] of Object.entries(WRONG)) {
      assert(await promtool(["check", "metrics"], page) !== "", `promtool accepts ${what}`);
    }
  },
});

Deno.test("exposition: every page that is wrong in one thing has a fault", () => {
  for (const [what, page] of Object.entries(WRONG)) {
    assertGreater(readExposition(page).faults.length, 0, what);
  }
});

Deno.test({
  name: "promtool: the alerts are rules, and fire when they have to",
  ignore,
  async fn() {
    assertEquals(await promtool(["check", "rules", "--lint-fatal", "alerts.yml"]), "");
    assertEquals(await promtool(["test", "rules", "alerts_test.yml"]), "");
  },
});

Deno.test({
  name: "promtool: the dashboard's queries are queries",
  ignore,
  async fn() {
    const { panels } = JSON.parse(read("../grafana/parley.json"));
    const queries: string[] = panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
      targets.map(({ expr }) => expr)
    );
    assertGreater(queries.length, 40);
    const rules = queries.map((query, index) => ({
      record: `query:${index}`,
      expr: query.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "1h"),
    }));
    const file = await Deno.makeTempFile({ suffix: ".yml" });
    try {
      await Deno.writeTextFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
      assertEquals(await promtool(["check", "rules", file]), "");
    } finally {
      await Deno.remove(file);
    }
  },
});

Deno.test("alerts: for each there is a moment in alerts_test.yml at which it fires", () => {
  const alerts: { groups: { rules: { alert: string }[] }[] } = parse(read("alerts.yml"));
  const { tests, rule_files }: {
    rule_files: string[];
    tests: { promql_expr_test: { exp_samples: { labels: string }[] }[] }[];
  } = parse(read("alerts_test.yml"));
  assertEquals(rule_files, ["alerts.yml"]);
  const fired = new Set(
    tests.flatMap((each) => each.promql_expr_test).flatMap((each) => each.exp_samples)
      .map(({ labels }) => /alertname="(\w+)"/.exec(labels)?.[1]),
  );
  for (const { alert } of alerts.groups.flatMap(({ rules }) => rules)) {
    assert(fired.has(alert), `Never seen to fire: ${alert}`);
  }
});
