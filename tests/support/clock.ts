/** Time that tests run by hand; rehearsals run by the same. */
export { settle, VirtualClock } from "../../lib/rehearsal/virtual-clock.ts";
