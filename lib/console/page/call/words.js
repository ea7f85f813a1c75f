/** Why a call ended, for people. @type {Readonly<Record<string, string>>} */
const ENDINGS = {
  hung_up: "You hung up",
  idle: "Nobody spoke for too long, so the agent hung up",
  key: "A key ended the call",
  time_limit: "The call reached its time limit",
  cost_limit: "The call reached its cost limit",
  line_limit: "The line reached one of its limits",
  line_lost: "The line was lost",
  agent_hung_up: "The agent hung up",
  transferred: "The agent transferred the call",
  model_failed: "The model could not go on",
  shutdown: "The service was stopping",
  refused: "The service did not take the call",
  unanswered: "The service did not answer",
  lost: "The connection to the service was lost",
  closed: "The service ended the call",
  internal_error: "The service had a fault of its own; its log tells more",
};

/**
 * @param {string} reason
 * @param {string} [fault] what the service told before
 */
export function endingText(reason, fault = "") {
  if (reason === "closed" && fault !== "") return "The call could not go on";
  return ENDINGS[reason] ?? `The call ended: ${reason}`;
}

/**
 * `1:05`; with tenths `1:05.3`.
 * @param {number} ms
 * @param {boolean} [tenths]
 */
export function timeText(ms, tenths = false) {
  const total = tenths ? Math.floor(ms / 100) / 10 : Math.floor(ms / 1000);
  const minutes = Math.floor(total / 60);
  const seconds = total - minutes * 60;
  return `${minutes}:${tenths ? seconds.toFixed(1).padStart(4, "0") : String(seconds).padStart(2, "0")}`;
}

/**
 * `0.64 s`, `12 ms`.
 * @param {number} ms
 */
export function spanText(ms) {
  return ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/**
 * Fractions of a cent count in a call: `$0.0123`.
 * @param {number} usd
 */
export function usdText(usd) {
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** @param {number} count */
export function countText(count) {
  return count.toLocaleString("en");
}
