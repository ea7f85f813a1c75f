import { messageOf } from "../../lib/errors.ts";

/** What the bench asks of a process of its own, one word a line: `begin` and `end` of what is measured, `stop`. */
export type Command = "begin" | "end" | "stop";

/** Answers commands on standard input, one JSON object a line; the process ends after `stop`, or with the bench. */
export async function obey(act: (command: Command) => object | Promise<object>): Promise<never> {
  let text = "";
  for await (const part of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const command = text.slice(0, end) as Command;
      text = text.slice(end + 1);
      tell(await act(command));
      if (command === "stop") Deno.exit(0);
    }
  }
  Deno.exit(0);
}

export function tell(fields: object): void {
  console.log(JSON.stringify(fields));
}

/** Ends the process with a word about why. */
export function giveUp(error: unknown): never {
  console.error(messageOf(error));
  Deno.exit(1);
}
