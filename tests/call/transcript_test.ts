import { assertEquals } from "@std/assert";
import { AgentTranscript } from "../../lib/call/transcript.ts";

Deno.test("transcript: the heard part ends at a word, by the share of audio that was heard", () => {
  const transcript = new AgentTranscript();
  transcript.delta("a", "Good morning and welcome ");
  transcript.delta("a", "to the museum of clocks");
  assertEquals(transcript.heard("a", 500, 1000), "Good morning and");
  assertEquals(transcript.heard("a", 1000, 1000), "Good morning and welcome to the museum of clocks");
  assertEquals(transcript.heard("a", 10, 1000), "");
});

Deno.test("transcript: an interruption before any text has no text", () => {
  assertEquals(new AgentTranscript().heard("a", 500, 1000), "");
});

Deno.test("transcript: the final text replaces the pieces", () => {
  const transcript = new AgentTranscript();
  transcript.delta("a", "Hallo");
  transcript.done("a", "Hello there");
  assertEquals(transcript.heard("a", 1, 1), "Hello there");
});
