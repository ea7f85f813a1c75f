import { make, part } from "./dom.js";

/** @import { ServiceState } from "../service.js" */

/**
 * What everybody should know about the service just now, and in a word.
 * @typedef {object} Standing
 * @property {"good" | "simulator" | "warn" | "bad"} tone
 * @property {string} words
 * @property {readonly { text: string, more?: string, bad?: boolean }[]} notices
 */

/**
 * @param {ServiceState | undefined} state undefined: it does not answer
 * @param {string} model of the chosen persona
 * @returns {Standing}
 */
export function standingOf(state, model) {
  if (!state) {
    return {
      tone: "bad",
      words: "No connection",
      notices: [{
        text: "The service does not answer.",
        more: "It is asked again every few seconds.",
        bad: true,
      }],
    };
  }
  /** @type {{ text: string, more?: string, bad?: boolean }[]} */
  const notices = [];
  if (state.faults?.length) {
    notices.push({
      text: "The personas could not be loaded anew; those from before go on.",
      more: state.faults.join(" · "),
      bad: true,
    });
  }
  if (state.away.length > 0) {
    notices.push({
      text: `${state.away.join(", ")} does not answer at present.`,
      more: "Calls get the persona's apology or fallback. The model is tried again until it is back.",
    });
  }
  if (state.door !== "open") {
    notices.push({ text: "The service is stopping.", more: "It takes no further call." });
    return { tone: "warn", words: "Stopping", notices };
  }
  if (state.refusal) notices.push({ text: "No further call is taken now:", more: `${state.refusal}.` });
  if (state.away.includes(model)) return { tone: "warn", words: "Model away", notices };
  if (state.simulator) return { tone: "simulator", words: "Simulator", notices };
  return { tone: "good", words: state.hasKey ? model : `${model} · no key`, notices };
}

/** @param {Standing} standing */
export function showStanding({ tone, words, notices }) {
  const service = part("service");
  service.dataset.tone = tone;
  const label = service.querySelector(".words");
  if (label && label.textContent !== words) label.textContent = words;
  const list = part("notices");
  const text = JSON.stringify(notices);
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  list.replaceChildren(
    ...notices.map(({ text, more, bad }) =>
      make(
        "p",
        { class: bad ? "notice bad" : "notice" },
        make("strong", {}, text),
        more ? ` ${more}` : undefined,
      )
    ),
  );
}
