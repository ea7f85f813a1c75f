import { numberIn, planCall, type PlanOptions } from "./plan.ts";

/** Longer than the service waits. */
const SILENT_MS = 7000;

/** avr-ami's stand-in: hangs calls up, and for some of them fails at first. */
export interface Ami extends AsyncDisposable {
  readonly url: string;
}

/** @param hangUp has core hang up the call of this number */
export function serveAmi(options: PlanOptions, hangUp: (callNumber: number) => void): Ami {
  const asked = new Set<number>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const number = numberIn(await request.text());
    if (number === undefined) return say(404, "Call not found");
    const { ami, seed } = planCall(options, number);
    const fate = asked.has(number) ? "done" : ami;
    asked.add(number);
    switch (fate) {
      case "unknown_call":
        return say(404, "Call not found");
      case "error":
        return say(500, "Error communicating with Asterisk");
      case "silent":
        await new Promise((resolve) => setTimeout(resolve, SILENT_MS));
        return say(500, "Too late");
      case "done":
        // In half of the calls core is slower than the service.
        if (seed % 2 === 0) hangUp(number);
        return say(200, "Call hung up");
    }
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

function say(status: number, message: string): Response {
  return Response.json({ message }, { status, headers: { connection: "close" } });
}
