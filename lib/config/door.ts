import * as check from "./checks.ts";
import { network } from "./networks.ts";
import type { Variable } from "./variable.ts";

/** Who may call, how many and for how long; part of the table in variables.ts. */
export const DOOR = {
  AUTH_TOKEN: {
    group: "Access",
    otherwise: "no token is asked for",
    example: "a-long-random-text",
    check: check.authToken,
    secret: true,
    help:
      "Token that every call has to bring, as `Authorization: Bearer` or as `?token=` in AVR's STS_URL: letters, digits and -._~.",
  },
  ALLOW_FROM: {
    group: "Access",
    otherwise: "every address",
    example: "172.16.0.0/12,fd00::/8,192.168.1.20",
    check: check.listOf(network),
    help: "Addresses and networks that may call, IPv4 and IPv6, with commas between.",
  },
  ALLOW_ORIGIN: {
    group: "Access",
    otherwise: "its own pages, opened by address",
    example: "https://desk.example.com",
    check: check.listOf(check.origin),
    help: "Web sites whose pages may call from a browser, with commas between.",
  },

  MAX_CALLS: {
    group: "Limits",
    otherwise: "any number",
    example: "100",
    check: check.wholeNumber(1, 100_000),
    help: "Calls at the same time; one more is refused with 503.",
  },
  MAX_CALL_MINUTES: {
    group: "Limits",
    otherwise: "any length",
    example: "120",
    check: check.wholeNumber(1, 10_080),
    help: "Longest call in minutes: then it is hung up. A persona's limits are gentler and come first.",
  },
  LINE_IDLE_SECONDS: {
    group: "Limits",
    default: "120",
    check: check.wholeNumber(10, 3600),
    help: "Seconds without any message from the line after which its call ends.",
  },
  LINE_GRACE_SECONDS: {
    group: "Limits",
    default: "2",
    check: check.wholeNumber(0, 30),
    help:
      "Seconds in which core may come back for a call whose line vanished without a hang-up; 0: it ends at once.",
  },
  RECOVERY_SECONDS: {
    group: "Limits",
    default: "30",
    check: check.wholeNumber(0, 600),
    help: "Seconds in which a lost session of the model is replaced before its call ends; 0: at once.",
  },
  ROTATE_MINUTES: {
    group: "Limits",
    default: "55",
    check: check.wholeNumber(1, 59),
    help:
      "Minutes after which the model's session, which lasts an hour, is replaced at a pause of the conversation.",
  },
  DRAIN_SECONDS: {
    group: "Limits",
    default: "8",
    check: check.wholeNumber(0, 86_400),
    help:
      "Seconds that live calls may go on after SIGTERM. Keep it below the grace period of what stops the container.",
  },
} as const satisfies Readonly<Record<string, Variable>>;
