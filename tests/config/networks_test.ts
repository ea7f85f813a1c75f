import { assert, assertEquals, assertThrows } from "@std/assert";
import { isWithin, network } from "../../lib/config/networks.ts";

Deno.test.each([
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["172.16.0.0/12", "172.31.255.255", true],
  ["172.16.0.0/12", "172.32.0.0", false],
  ["192.168.1.77/24", "192.168.1.2", true],
  ["192.168.1.20", "192.168.1.20", true],
  ["192.168.1.20", "192.168.1.21", false],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "::1", false],
  ["255.255.255.255/32", "255.255.255.254", false],
  ["fd00::/8", "fdff:1::2", true],
  ["fd00::/8", "fe00::1", false],
  ["2001:db8::/33", "2001:db8:7fff::1", true],
  ["2001:db8::/33", "2001:db8:8000::1", false],
  ["::1", "0:0:0:0:0:0:0:1", true],
  ["::1", "::2", false],
  ["::/0", "2001:db8::1", true],
  ["::/0", "10.0.0.1", false],
  ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", true],
  ["fe80::/10", "fe80::1%eth0", true],
])("network %s, address %s: %s", (text, address, expected) => {
  assertEquals(isWithin([network(text)], address), expected);
});

Deno.test("networks: an IPv4 address that a dual-stack socket shows as IPv6 is the same address", () => {
  assert(isWithin([network("10.0.0.0/8")], "::ffff:10.1.2.3"));
  assert(isWithin([network("10.0.0.0/8")], "::FFFF:a01:203"));
  assert(!isWithin([network("10.0.0.0/8")], "::ffff:11.1.2.3"));
  assert(isWithin([network("::ffff:10.0.0.0/104")], "10.9.9.9"));
  assert(!isWithin([network("::ffff:10.0.0.0/104")], "11.9.9.9"));
  assert(isWithin([network("::ffff:10.1.2.3")], "10.1.2.3"));
});

Deno.test("networks: an address that can't be read is in no network", () => {
  const all = [network("0.0.0.0/0"), network("::/0")];
  for (const address of ["", "localhost", "10.0.0", "10.0.0.256", "010.0.0.1", "::g", "1::2::3", "[::1]"]) {
    assert(!isWithin(all, address), address);
  }
});

Deno.test.each([
  "",
  "/8",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0/8",
  "010.0.0.1",
  "::/129",
  "::ffff:10.0.0.0/8",
  "::1]/x[",
  "example.com",
])("networks: %j is no network", (text) => {
  assertThrows(() => network(text), RangeError, "such as 192.168.1.20, 10.0.0.0/8");
});
