import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { TABLE } from "../../lib/config/variables.ts";
import { startService } from "../support/service.ts";

/** What stands between avr-core and several instances. Tried by hand, as docs/beside-avr.md tells. */
const read = (name: string) =>
  Deno.readTextFileSync(new URL(`../../deploy/balancer/${name}`, import.meta.url));
/** The lines that count. */
const linesOf = (text: string) =>
  text.split("\n").map((line) => line.replace(/(^|\s)#.*/, "").trim()).filter((line) => line !== "");
const haproxy = linesOf(read("haproxy.cfg"));
const nginx = linesOf(read("nginx.conf"));

/** The only line that begins so, without that. */
function after(lines: readonly string[], start: string): string {
  const [line, ...others] = lines.filter((each) => each.startsWith(`${start} `));
  assert(line !== undefined && others.length === 0, `Not one line with ${start}`);
  return line.slice(start.length + 1).replace(/;$/, "");
}
const secondsOf = (text: string) => Number(/^(\d+)s$/.exec(text)?.[1]);

Deno.test("balancers: they listen, and find Parley, at the port that core is told", () => {
  const { default: port } = TABLE.PORT;
  assertEquals([after(haproxy, "bind"), after(nginx, "listen")], [`:${port}`, port]);
  const servers = [...haproxy, ...nginx].filter((line) => /^server .*\d/.test(line));
  assertEquals(servers.length, 4);
  for (const server of servers) assertMatch(server, new RegExp(`192\\.0\\.2\\.1[12]:${port}( |$)`));
});

Deno.test("balancers: a silent call is ended by Parley, not by them", () => {
  const limitS = Number(TABLE.LINE_IDLE_SECONDS.default);
  for (const timeout of [after(haproxy, "timeout tunnel"), after(nginx, "proxy_read_timeout")]) {
    assertGreater(secondsOf(timeout), limitS);
  }
  assertEquals(after(nginx, "proxy_send_timeout"), after(nginx, "proxy_read_timeout"));
});

Deno.test("balancers: a call that one instance refuses with 503 is offered to another", () => {
  assert(after(haproxy, "retry-on").split(" ").includes("503"));
  assertEquals(after(haproxy, "option redispatch"), "1");
  assert(after(nginx, "proxy_next_upstream").split(" ").includes("http_503"));
});

Deno.test("balancers: a line that comes back finds its call by what core appends", () => {
  assertEquals(after(haproxy, "stick on"), "url_param(uniqueid)");
  assert(haproxy.includes("option persist"));
  assertEquals(after(nginx, "map"), "$arg_uniqueid $call {");
  assertEquals(after(nginx, "hash"), "$call consistent");
});

Deno.test("balancers: what HAProxy asks for tells whether calls are taken", async () => {
  const [method, path = ""] = after(haproxy, "option httpchk").split(" ");
  const [, status] = after(haproxy, "http-check expect").split(" ");
  await using it = startService();
  const answer = await fetch(it.url.replace("ws:", "http:") + path, { method: method! });
  assertEquals((await answer.json()).ready, true);
  assertEquals(String(answer.status), status);
});

Deno.test("balancers: tokens and numbers, which are in the URL's query, come into no log", () => {
  assert(!/%(r|HQ|HU)\b/.test(after(haproxy, "log-format")));
  assert(!haproxy.includes("option httplog"));
  assert(!/\$(request|request_uri|args|arg_\w+|query_string)\b/.test(after(nginx, "log_format")));
  assertMatch(after(nginx, "access_log"), / calls$/);
  assertEquals(after(nginx, "error_log"), "stderr crit");
});

Deno.test("balancers: whoever sends half a request is cut off, and only calls get through", () => {
  assertGreater(11, secondsOf(after(haproxy, "timeout http-request")));
  assertGreater(11, secondsOf(after(nginx, "client_header_timeout")));
  assertMatch(after(haproxy, "http-request deny"), /unless .*upgrade.*websocket/);
  assert(nginx.some((line) => /^if \(\$http_upgrade !~\* .*websocket/.test(line)));
});
