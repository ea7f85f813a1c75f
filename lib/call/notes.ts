/** What the model is told behind the conversation so far when it takes its own call up in a new session. */
export const TAKEN_UP =
  "The connection was interrupted for a moment; the conversation so far is above. Go on from there: do " +
  "not greet, do not introduce yourself again, and do not mention the interruption.";

/** What the one who takes a call over is told. */
export const HANDED_OVER =
  "You have taken this call over from a colleague; the conversation so far is above. " +
  "Greet the caller in a few words as who you are now, and go on from there. Do not ask again what was already said.";

/** What the agent is told when the service is about to stop. */
export const SHUTTING_DOWN =
  "This call has to end now, for a technical reason that is not the caller's fault. Say so in one short sentence, " +
  "ask the caller to call again in a moment, and say goodbye.";
