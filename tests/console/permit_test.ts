import { assertEquals } from "@std/assert";
import type { ConsoleMode } from "../../lib/config/console.ts";
import { network } from "../../lib/config/networks.ts";
import { consoleAddress } from "../../lib/console/address.ts";
import { createPermit } from "../../lib/console/permit.ts";

interface Asked {
  mode?: ConsoleMode;
  address?: string | undefined;
  host?: string;
  headers?: Record<string, string>;
  token?: boolean;
  networks?: string[];
}

function verdict(asked: Asked): string {
  const { mode = "auto", host = "127.0.0.1:6030", headers = {}, token = true, networks } = asked;
  const address = "address" in asked ? asked.address : "127.0.0.1";
  const permit = createPermit({ mode, networks: networks?.map(network), hasToken: () => token });
  const request = new Request("http://127.0.0.1:6030/", { headers: { host, ...headers } });
  return permit(request, new URL(request.url), address);
}

Deno.test("console: by default only a client on this machine gets it", () => {
  for (const address of ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"]) {
    assertEquals(verdict({ address }), "granted", address);
  }
  for (const address of ["192.168.1.20", "10.0.0.1", "172.17.0.1", "::2", "fe80::1", "", undefined]) {
    assertEquals(verdict({ address }), "hidden", address);
  }
});

Deno.test("console: a name that somebody else had lead to this machine gets nothing (DNS rebinding)", () => {
  for (const host of ["localhost", "localhost:6030", "127.0.0.1", "[::1]:6030"]) {
    assertEquals(verdict({ host }), "granted", host);
  }
  for (
    const host of [
      "evil.example:6030",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "192.168.1.2",
      "a b",
      "",
    ]
  ) {
    assertEquals(verdict({ host }), "hidden", host);
  }
});

Deno.test("console: a proxy on this machine does not open it to the world", () => {
  for (const name of ["forwarded", "x-forwarded-for", "x-real-ip", "via", "x-forwarded-host"]) {
    assertEquals(verdict({ headers: { [name]: "203.0.113.9" } }), "hidden", name);
  }
});

Deno.test("console: with a token it asks for that too, on this machine as elsewhere", () => {
  assertEquals(verdict({ token: false }), "needs token");
  assertEquals(
    verdict({ mode: "on", address: "203.0.113.9", host: "parley.example", token: false }),
    "needs token",
  );
  assertEquals(verdict({ mode: "on", address: "203.0.113.9", host: "parley.example" }), "granted");
});

Deno.test("console: ALLOW_FROM counts for it, and off is off", () => {
  assertEquals(verdict({ mode: "on", address: "203.0.113.9", networks: ["10.0.0.0/8"] }), "hidden");
  assertEquals(verdict({ mode: "on", address: "10.1.2.3", networks: ["10.0.0.0/8"] }), "granted");
  assertEquals(verdict({ mode: "on", address: undefined, networks: ["10.0.0.0/8"] }), "hidden");
  assertEquals(verdict({ mode: "off" }), "hidden");
});

Deno.test("console: where it is is told as an address that a browser can open", () => {
  const at = (hostname: string) => ({ hostname, port: 6030 });
  assertEquals(consoleAddress("auto", at("0.0.0.0")), "http://127.0.0.1:6030/ (on this machine)");
  assertEquals(consoleAddress("auto", at("::")), "http://[::1]:6030/ (on this machine)");
  assertEquals(consoleAddress("on", at("10.0.0.7")), "http://10.0.0.7:6030/ (with AUTH_TOKEN)");
  assertEquals(consoleAddress("off", at("127.0.0.1")), undefined);
});
