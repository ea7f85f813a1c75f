import { definePersona, hangup } from "../../../lib/persona/define.ts";

export default definePersona({
  description: "Calls whose model refuses every second dial",
  model: "gpt-realtime-1.5",
  instructions: "You answer calls of a soak test. This is call {{uuid}}.",
  greeting: "Soak test, good morning.",
  tools: [hangup()],
});
