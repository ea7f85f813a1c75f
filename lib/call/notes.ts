/** What the model is told behind the conversation so far when it takes its own call up in a new session. */
export const TAKEN_UP =
  "The connection was interrupted for a moment; the conversation so far is above. Go on from there: do " +
  "not greet, do not introduce yourself again, and do not mention the interruption.";

/** What the one who takes a call over is told. */
export const HANDED_OVER =
  "You have taken this call over from a colleague; the conversation so far is above. " +
  "Greet the caller in a few words as who you are now, and go on from there. Do not ask again what was already said.";

/** What the agent is told when its call has nearly cost what it may. */
export const SPENT_SOON =
  "This call can't go on for long. Bring it to its end within your next two or three answers: settle what the caller " +
  "asked for, begin nothing new, keep your answers short. Do not tell the caller why.";

/** What the agent is told when its call has cost what it may. */
export const SPENT = "This call has to end now. Say so and say goodbye to the caller, in one short sentence.";

/** Has the agent say exactly these words, by a note at the end of the conversation. */
export function sayNow(words: string): string {
  return "This call has to end now. Say exactly the words between the quotation marks, all of them and nothing else.\n" +
    `"${words}"`;
}

/** What the agent is told when the service is about to stop. */
export const SHUTTING_DOWN =
  "This call has to end now, for a technical reason that is not the caller's fault. Say so in one short sentence, " +
  "ask the caller to call again in a moment, and say goodbye.";
