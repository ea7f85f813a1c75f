import { make, part } from "./dom.js";

/** @import { Persona, ServiceState } from "../service.js" */

/** The personas to choose from, and what a call of the chosen one can be told. */
export class PersonaPicker {
  #list = part("personas");
  #variables = part("variables");
  #onChoose;
  #shown = "";
  #chosen = "";
  /** @type {readonly Persona[]} */
  #personas = [];

  /** @param {() => void} onChoose */
  constructor(onChoose) {
    this.#onChoose = onChoose;
    this.#list.addEventListener("change", (event) => {
      if (event.target instanceof HTMLInputElement) this.#choose(event.target.value);
    });
    addEventListener("hashchange", () => this.#choose(hash()));
  }

  get chosen() {
    return this.#personas.find(({ name }) => name === this.#chosen);
  }

  /** What the fields say, by the variables' names. */
  get variables() {
    const fields = [...this.#variables.querySelectorAll("input")];
    return Object.fromEntries(fields.map(({ name, value }) => [name, value.trim()]));
  }

  /** @param {ServiceState} state */
  show(state) {
    part("generation").textContent = (state.generation ?? 0) > 1 ? `· generation ${state.generation}` : "";
    const text = JSON.stringify(state.personas);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#personas = state.personas;
    const legend = this.#list.querySelector("legend");
    this.#list.replaceChildren(...(legend ? [legend] : []), ...state.personas.map(row));
    const known = (/** @type {string} */ name) => state.personas.some((each) => each.name === name);
    this.#choose([this.#chosen, hash(), state.persona].find(known) ?? state.personas[0]?.name ?? "");
  }

  /** @param {string} name */
  #choose(name) {
    const persona = this.#personas.find((each) => each.name === name);
    if (!persona) return;
    this.#chosen = name;
    for (const input of this.#list.querySelectorAll("input")) input.checked = input.value === name;
    if (hash() !== name) history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    this.#variables.replaceChildren(...persona.variables.map(field));
    this.#onChoose();
  }
}

const hash = () => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
};

/** @param {Persona} persona */
function row({ name, description, voice, warnings }) {
  return make(
    "label",
    { class: "persona" },
    make("input", { type: "radio", name: "persona", value: name }),
    make("strong", {}, name),
    make("span", { class: "voice", title: "Voice" }, make("span", { class: "hidden" }, "voice "), voice),
    description ? make("small", {}, description) : undefined,
    warnings.length > 0
      ? make("small", { class: "warn" }, `${warnings.length} to mend, see Session`)
      : undefined,
  );
}

/** @param {string} name of the variable */
function field(name) {
  return make(
    "label",
    { class: "variable" },
    make("span", { class: "code" }, name),
    make("input", { type: "text", name, autocomplete: "off" }),
  );
}
