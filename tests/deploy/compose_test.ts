import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import { VARIABLES } from "../../lib/config.ts";

interface Service {
  image: string;
  build?: string;
  environment?: Record<string, string>;
  networks: string[];
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
}

const file = new URL("../../deploy/compose.yaml", import.meta.url);
const compose: { services: Record<string, Service>; networks: Record<string, unknown> } = parse(
  Deno.readTextFileSync(file),
);
const { services } = compose;

Deno.test("compose: AVR's services, with Parley where avr-sts-openai was", () => {
  assertEquals(Object.keys(services).sort(), ["avr-ami", "avr-asterisk", "avr-core", "avr-phone", "parley"]);
  for (const [name, { image, networks }] of Object.entries(services)) {
    assertEquals(networks, ["avr"], name);
    assertEquals(image, name === "parley" ? "parley" : `agentvoiceresponse/${name}`);
  }
  assert("avr" in compose.networks);
});

Deno.test("compose: avr-core reaches Parley at its own name and port, once it is healthy", () => {
  const { STS_URL } = services["avr-core"]!.environment!;
  const url = new URL(STS_URL!);
  assertEquals([url.protocol, url.hostname, url.port], ["ws:", "parley", services.parley!.environment!.PORT]);
  const personas = [...Deno.readDirSync(new URL("../../personas", import.meta.url))].map(({ name }) => name);
  assert(personas.includes(`${url.pathname.slice(1)}.ts`), `No persona for ${url.pathname}`);
  assertEquals(services["avr-core"]!.depends_on, { parley: { condition: "service_healthy" } });
});

Deno.test("compose: Parley reaches avr-ami, and avr-ami Asterisk, at their own names and ports", () => {
  const ami = services["avr-ami"]!.environment!;
  assertEquals(services.parley!.environment!.AMI_URL, `http://avr-ami:${ami.PORT}`);
  assertEquals(ami.AMI_HOST, "avr-asterisk");
  assert(services["avr-asterisk"]!.ports!.some((each) => each.endsWith(`:${ami.AMI_PORT}`)));
});

Deno.test("compose: avr-ami, which places calls without asking for a password, is not open to the network", () => {
  for (const port of services["avr-ami"]!.ports ?? []) assertMatch(port, /^127\.0\.0\.1:/);
});

Deno.test("compose: each variable given to Parley is one that Parley knows", () => {
  const known = new Set(VARIABLES.flatMap(({ name, alias }) => alias === undefined ? [name] : [name, alias]));
  const given = Object.keys(services.parley!.environment!);
  assert(given.includes("OPENAI_API_KEY"));
  for (const name of given) assert(known.has(name as never), `Unknown variable: ${name}`);
});

Deno.test("compose: what Parley mounts is there", () => {
  const mounts = services.parley!.volumes!.map((each) => each.split(":"));
  assert(mounts.some(([, inside]) => inside === "/usr/src/app/personas"));
  for (const [outside, , mode] of mounts) {
    assert(Deno.statSync(new URL(outside!, file)).isDirectory, outside);
    assertEquals(mode, "ro");
  }
});
