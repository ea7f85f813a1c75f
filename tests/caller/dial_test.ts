import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dial, RefusedError } from "../../lib/caller/dial.ts";

/** What the caller is told by a service that answers each request so. */
async function toldBy(respond: () => Response, path: string): Promise<string> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, respond);
  const error = await assertRejects(() => dial(`ws://127.0.0.1:${server.addr.port}${path}`), RefusedError);
  return (error as RefusedError).message;
}

Deno.test("an unknown persona: told with the known ones", async () => {
  const body = { error: "Could not find the persona: nobody", personas: ["assistant", "supportAgent"] };
  const message = await toldBy(() => Response.json(body, { status: 404 }), "/nobody");
  assertStringIncludes(message, "Could not find the persona: nobody");
  assertStringIncludes(message, "assistant, supportAgent");
});

Deno.test("a missing token: told how to give one, and none is shown", async () => {
  const respond = () => Response.json({ error: "Could not take the call: wrong token" }, { status: 401 });
  const message = await toldBy(respond, "/?token=secret");
  assertStringIncludes(message, "wrong token");
  assertStringIncludes(message, "--token");
  assertEquals(message.includes("secret"), false);
});

Deno.test("a service that says nothing useful: told by its status", async () => {
  assertStringIncludes(
    await toldBy(() => new Response("<html>", { status: 502 }), "/"),
    "the service answers 502",
  );
});

Deno.test("nothing is listening: told what to start", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const error = await assertRejects(() => dial(`ws://127.0.0.1:${port}/x?token=secret`), RefusedError);
  assertEquals(
    (error as Error).message,
    `Could not reach Parley at ws://127.0.0.1:${port}/x: nothing is listening there. Start it with: deno task start`,
  );
});

Deno.test("a host that Deno may not connect to: told which permission", async () => {
  const error = await assertRejects(() => dial("ws://192.0.2.1:6030/?token=secret"), RefusedError);
  assertStringIncludes((error as Error).message, "--allow-net");
  assertEquals((error as Error).message.includes("secret"), false);
});

Deno.test("what is no address at all is told as such", async () => {
  await assertRejects(() => dial("nowhere"), RefusedError, "Could not open the line");
});
