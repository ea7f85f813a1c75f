import { assertEquals, assertStringIncludes } from "@std/assert";
import { readExposition } from "../support/exposition.ts";

const head = (name: string, type: string) => `# HELP ${name} Help\n# TYPE ${name} ${type}\n`;
const histogram = (lines: string) => head("a_seconds", "histogram") + lines;
const BUCKETS = 'a_seconds_bucket{le="1"} 2\na_seconds_bucket{le="+Inf"} 3\n';

Deno.test.each(
  [
    ["no end of the last line", head("a", "gauge") + "a 1", "The last line has no end"],
    ["a value that is none", head("a", "gauge") + "a one\n", "Not a value"],
    ["a value missing", head("a", "gauge") + "a\n", "Not a sample"],
    ["a name that is none", head("a", "gauge") + "9a 1\n", "Not a sample"],
    ["a label without quotes", head("a", "gauge") + "a{b=c} 1\n", "Not labels"],
    ["a label twice", head("a", "gauge") + 'a{b="1",b="2"} 1\n', "Not labels"],
    ["a quote that is not escaped", head("a", "gauge") + 'a{b="x"y"} 1\n', "Not labels"],
    ["an escape that is none", head("a", "gauge") + 'a{b="\\t"} 1\n', "Not labels"],
    ["one series twice", head("a", "gauge") + 'a{b="1",c="2"} 1\na{c="2",b="1"} 1\n', "A second time"],
    [
      "a family in two places",
      head("a", "gauge") + "a 1\n" + head("b", "gauge") + 'b 1\na{x="1"} 1\n',
      "two places",
    ],
    ["TYPE after samples", "# HELP a Help\na 1\n# TYPE a gauge\n", "after samples"],
    ["TYPE twice", head("a", "gauge") + "# TYPE a gauge\na 1\n", "A second TYPE"],
    ["a type that is none", head("a", "number") + "a 1\n", "Not a type"],
    ["no help", "# TYPE a gauge\na 1\n", "no HELP"],
    ["a counter without _total", head("a", "counter") + "a 1\n", "counters end in _total"],
    ["a gauge with _total", head("a_total", "gauge") + "a_total 1\n", "counters end in _total"],
    ["a counter below 0", head("a_total", "counter") + "a_total -1\n", "a counter of -1"],
    ["a counter that is no number", head("a_total", "counter") + "a_total NaN\n", "a counter of NaN"],
    ["milliseconds", head("a_ms", "gauge") + "a_ms 1\n", "not a base unit"],
    ["camel case", head("aB", "gauge") + "aB 1\n", "not in snake case"],
    [
      "no bucket of infinity",
      histogram('a_seconds_bucket{le="1"} 2\na_seconds_sum 1\na_seconds_count 2\n'),
      "+Inf",
    ],
    ["no count", histogram(BUCKETS + "a_seconds_sum 1\n"), "not one _count"],
    [
      "a count that is not the last bucket",
      histogram(BUCKETS + "a_seconds_sum 1\na_seconds_count 2\n"),
      "is not the count",
    ],
    [
      "buckets that sink",
      histogram(
        'a_seconds_bucket{le="1"} 4\na_seconds_bucket{le="+Inf"} 3\na_seconds_sum 1\na_seconds_count 3\n',
      ),
      "not cumulative",
    ],
    [
      "buckets out of order",
      histogram(
        'a_seconds_bucket{le="2"} 1\na_seconds_bucket{le="1"} 1\na_seconds_bucket{le="+Inf"} 3\na_seconds_sum 1\na_seconds_count 3\n',
      ),
      "not in order",
    ],
  ],
)("exposition: the check finds %s", (_, text, fault) => {
  assertStringIncludes(readExposition(text).faults.join("\n"), fault);
});

Deno.test("exposition: what is well is read, and nothing is found wrong with it", () => {
  const text = head("a_total", "counter") + 'a_total{b="x\\"\\\\\\n,}",c="y",} 1.5e3\n\n' + "# a remark\n" +
    histogram(BUCKETS + "a_seconds_sum 4.5\na_seconds_count 3\n") + head("g", "gauge") +
    "g +Inf 1700000000000\n";
  const { faults, value, sum } = readExposition(text);
  assertEquals(faults, []);
  assertEquals(value("a_total", { b: 'x"\\\n,}', c: "y" }), 1500);
  assertEquals(value("a_total", { b: 'x"\\\n,}' }), undefined);
  assertEquals(sum("a_total", { c: "y" }), 1500);
  assertEquals(value("a_seconds_bucket", { le: "+Inf" }), 3);
  assertEquals(value("g"), Infinity);
});
