import type { Style } from "./define.ts";

/** The labels of AVR's guide, in the order in which they are told. */
export const STYLE_LABELS: Readonly<Record<keyof Style, string>> = {
  affect: "Voice Affect",
  tone: "Tone",
  pacing: "Pacing",
  emotion: "Emotion",
  personality: "Personality",
  pronunciation: "Pronunciation",
  pauses: "Pauses",
};

/** The style as the text that the model gets: one labelled paragraph per line; empty for none. */
export function renderStyle(style: Style | undefined): string {
  return (Object.keys(STYLE_LABELS) as (keyof Style)[])
    .flatMap((key) => style?.[key] ? [`${STYLE_LABELS[key]}: ${style[key].trim()}`] : [])
    .join("\n\n");
}
