import { assertEquals } from "@std/assert";
import { loadPersonas } from "../../lib/persona/load.ts";
import { renderStyle } from "../../lib/persona/style.ts";

/** The three personas of AVR's guide, line by line. */
const GUIDE: Readonly<Record<string, readonly string[]>> = {
  sportsCommentator: [
    "Voice Affect: Energetic and animated; dynamic with variations in pitch and tone.",
    "Tone: Excited and enthusiastic, conveying an upbeat and thrilling atmosphere.",
    'Pacing: Rapid delivery when describing the game or the key moments (e.g., "an overtime thriller," "pull off an unbelievable win") to convey the intensity and build excitement. Slightly slower during dramatic pauses to let key points sink in.',
    "Emotion: Intensely focused, and excited. Giving off positive energy.",
    "Personality: Relatable and engaging.",
    "Pauses: Short, purposeful pauses after key moments in the game.",
  ],
  supportAgent: [
    "Voice Affect: Calm, composed, and reassuring; project quiet authority and confidence.",
    "Tone: Sincere, empathetic, and gently authoritative - express genuine apology while conveying competence.",
    "Pacing: Steady and moderate; unhurried enough to communicate care, yet efficient enough to demonstrate professionalism.",
    'Emotion: Genuine empathy and understanding; speak with warmth, especially during apologies ("I\'m very sorry for any disruption...").',
    'Pronunciation: Clear and precise, emphasizing key reassurances ("smoothly," "quickly," "promptly") to reinforce confidence.',
    "Pauses: Brief pauses after offering assistance or requesting details, highlighting willingness to listen and support.",
  ],
  navigationGuide: [
    "Voice Affect: A cheerful guide.",
    "Tone: Friendly, clear, and reassuring, creating a calm atmosphere and making the listener feel confident and comfortable.",
    "Emotion: Warm and supportive, conveying empathy and care, ensuring the listener feels guided and safe throughout the journey.",
    "Pronunciation: Clear, articulate, and steady, ensuring each instruction is easily understood while maintaining a natural, conversational flow.",
    'Pauses: Brief, purposeful pauses after key instructions (e.g., "cross the street" and "turn right") to allow time for the listener to process the information and follow along.',
  ],
};

Deno.test("the personas of AVR's guide have all of its style lines", async () => {
  const personas = await loadPersonas("./personas");
  for (const [name, lines] of Object.entries(GUIDE)) {
    assertEquals(renderStyle(personas.get(name)!.style).split("\n\n"), lines);
  }
});
