import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { MetricsMode } from "../../lib/config/metrics.ts";
import { createLog } from "../../lib/log.ts";
import { createMetricsEndpoint } from "../../lib/server/metrics.ts";

interface Ask {
  mode?: MetricsMode;
  address?: string;
  url?: string;
  headers?: Record<string, string>;
  method?: string;
  /** Whether AUTH_TOKEN is set: `t`. */
  token?: boolean;
}

function ask({ mode = "auto", address, url, headers = {}, method = "GET", token = false }: Ask) {
  const endpoint = createMetricsEndpoint({
    mode,
    hasToken: token ? ({ headers }) => headers.get("authorization") === "Bearer t" : undefined,
    render: () =>
      Promise.resolve({ contentType: "text/plain; version=0.0.4; charset=utf-8", text: "page 1\n" }),
    log: createLog({ write() {} }),
  });
  const target = new URL(url ?? "http://10.0.0.5:6030/metrics");
  const request = new Request(target, { method, headers: { host: target.host, ...headers } });
  return endpoint(request, target, address);
}

const BEARER = { authorization: "Bearer t" };

Deno.test.each(
  [
    ["the machine itself", "127.0.0.1", "http://127.0.0.1:6030/metrics"],
    ["the machine itself, by name", "::1", "http://localhost:6030/metrics"],
    ["Prometheus in the same compose network", "172.18.0.4", "http://parley:6030/metrics"],
    ["Prometheus in the same cluster, by address", "10.1.2.3", "http://10.1.2.9:6030/metrics"],
    [
      "Prometheus in the same cluster, by name",
      "10.1.2.3",
      "http://parley.voice.svc.cluster.local:6030/metrics",
    ],
    ["a private IPv6 network", "fd00::7", "http://[fd00::1]:6030/metrics"],
    [
      "an IPv4 address that a dual-stack socket shows",
      "::ffff:192.168.1.7",
      "http://192.168.1.1:6030/metrics",
    ],
  ],
)("metrics: by default they are shown to %s", async (_, address, url) => {
  const response = ask({ address, url })!;
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals(await response.text(), "page 1\n");
});

Deno.test.each(
  [
    ["an address on the internet", { address: "203.0.113.9" }],
    ["an address that only begins as a private one", { address: "172.32.0.1" }],
    ["an address that nobody knows", {}],
    ["a client behind a proxy", { address: "127.0.0.1", headers: { "x-forwarded-for": "10.0.0.1" } }],
    ["a page whose own name leads here", { address: "192.168.1.7", url: "http://evil.example:6030/metrics" }],
    ["one who asks for a public address", { address: "172.17.0.1", url: "http://203.0.113.9/metrics" }],
    ["one who names no host", { address: "127.0.0.1", headers: { host: "" } }],
  ] satisfies [string, Ask][],
)("metrics: by default they are not shown to %s", async (_, from) => {
  const response = ask(from)!;
  assertEquals(response.status, 403);
  assertMatch((await response.json()).error, /^Could not show the metrics/);
});

Deno.test("metrics: who brings the token reads them from anywhere, and is told that one is needed", async () => {
  const away = { address: "203.0.113.9", url: "https://calls.example.com/metrics", token: true };
  const refused = ask(away)!;
  assertEquals([refused.status, refused.headers.get("www-authenticate")], [401, "Bearer"]);
  assertEquals(ask({ ...away, headers: { authorization: "Bearer x" } })!.status, 401);
  assertEquals(await ask({ ...away, headers: BEARER })!.text(), "page 1\n");
  // Where the token is all that counts, being near is not enough.
  const near = { address: "127.0.0.1", url: "http://127.0.0.1/metrics", token: true };
  assertEquals(ask(near)!.status, 200);
  assertEquals(ask({ ...near, mode: "token" })!.status, 401);
  assertEquals(ask({ ...near, mode: "token", headers: BEARER })!.status, 200);
});

Deno.test("metrics: a token that was never set is none that could be brought", () => {
  for (const mode of ["auto", "token"] as const) {
    assertEquals(ask({ mode, address: "203.0.113.9", headers: { authorization: "Bearer " } })!.status, 403);
  }
});

Deno.test("metrics: open means everyone, off means that there is nothing there", () => {
  assertEquals(ask({ mode: "open", address: "203.0.113.9" })!.status, 200);
  assertEquals(ask({ mode: "off", address: "127.0.0.1", token: true, headers: BEARER }), undefined);
});

Deno.test("metrics: only the one path, and only reading", async () => {
  const near = { address: "127.0.0.1" };
  for (const path of ["metricsx", "metrics/", "METRICS", "healthz"]) {
    assertEquals(ask({ ...near, url: `http://127.0.0.1/${path}` }), undefined, path);
  }
  const posted = ask({ ...near, method: "POST" })!;
  assertEquals([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"]);
  assertEquals(await ask({ ...near, method: "HEAD" })!.text(), "");
});

Deno.test("metrics: a page that can't be made breaks off, and does not look like one that is whole", async () => {
  const logged: string[] = [];
  const endpoint = createMetricsEndpoint({
    mode: "open",
    hasToken: undefined,
    render: () => Promise.reject(new Error("Broken")),
    log: createLog({ write: (line) => logged.push(line) }),
  });
  const url = new URL("http://127.0.0.1/metrics");
  await assertRejects(() => endpoint(new Request(url), url, "127.0.0.1")!.text());
  assertMatch(logged.join(), /Could not show the metrics.*Broken/);
});
