import type { Ami } from "../tools/ami.ts";

/**
 * In avr-ami's place for calls of the console: no telephone system knows these, so what the agent asks for is granted,
 * and the page ends the call as a telephone would.
 */
export const STAND_IN_AMI: Ami = {
  hangup: () => Promise.resolve({ ok: true, message: "Hung up in the console" }),
  transfer: () => Promise.resolve({ ok: true, message: "Transferred in the console" }),
};
