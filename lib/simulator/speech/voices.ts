/** A voice of the synthesizer and how it is bent. */
export interface FliteVoice {
  /** One of Flite's own: slt is female, rms and awb (Scottish) are male, kal is male and machine-like. */
  readonly name: "slt" | "rms" | "awb" | "kal";
  /** Times the voice's pitch, vocal tract included: above 1 a smaller speaker. */
  readonly pitch: number;
  /** Times the voice's speed. */
  readonly pace: number;
}

/** Ten speakers out of four: OpenAI's names by their character, as far as these voices reach. */
const VOICES: Readonly<Record<string, FliteVoice>> = {
  alloy: { name: "slt", pitch: 0.9, pace: 1.05 },
  ash: { name: "rms", pitch: 1.1, pace: 1.05 },
  ballad: { name: "awb", pitch: 1, pace: 0.9 },
  cedar: { name: "rms", pitch: 1, pace: 1 },
  coral: { name: "slt", pitch: 1.1, pace: 1.05 },
  echo: { name: "kal", pitch: 1, pace: 1 },
  marin: { name: "slt", pitch: 1, pace: 1 },
  sage: { name: "slt", pitch: 0.95, pace: 0.9 },
  shimmer: { name: "slt", pitch: 1.15, pace: 0.95 },
  verse: { name: "awb", pitch: 1.1, pace: 1.1 },
};
const OTHERS = Object.values(VOICES);

/** The speaker for a voice of OpenAI's; an unknown or custom voice always gets the same one. */
export function fliteVoice(voice: string): FliteVoice {
  if (Object.hasOwn(VOICES, voice)) return VOICES[voice]!;
  let hash = 0;
  for (const character of voice) hash = (hash * 31 + character.codePointAt(0)!) % 65_521;
  return OTHERS[hash % OTHERS.length]!;
}
