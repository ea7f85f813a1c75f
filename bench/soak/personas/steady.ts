import { definePersona, hangup } from "../../../lib/persona/define.ts";

export default definePersona({
  description: "Calls whose model works",
  model: "gpt-realtime-2.1",
  instructions: "You answer calls of a soak test. This is call {{uuid}}.",
  greeting: "Soak test, good morning.",
  tools: [hangup()],
});
