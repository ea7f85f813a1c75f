import type { CallEvent } from "../call/events.ts";
import type { Log } from "../log.ts";
import { maskNumbers } from "../log/mask.ts";

/** Makes what tells the log what is said in a call, with LOG_TRANSCRIPTS; numbers in it are masked. */
export function createSpokenLog(log: Log): (event: CallEvent) => void {
  return (event) => {
    switch (event.type) {
      case "transcript":
        if (event.role === "user") log.info("Caller said", { text: maskNumbers(event.text) });
        else log.info("Agent says", { text: maskNumbers(event.text) });
        return;
      case "interrupted":
        return log.info("Agent was cut off", { heard: maskNumbers(event.heardText) });
      case "unheard":
        return log.info("Call ended while the agent spoke", { heard: maskNumbers(event.heardText) });
    }
  };
}
