import { copyText } from "./events.js";
import { make, part } from "./dom.js";

const LONG = 90;
const WORDS = {
  env: "variable",
  url: "URL",
  file: "file",
  persona: "persona",
  default: "default",
};

/** What a persona becomes: each value of its `session.update` with where it comes from. */
export class SessionView {
  #panel = part("session");
  #load;
  #isShown = false;
  /** The persona that is shown, or asked for. */
  #name = "";

  /** @param {(persona: string) => Promise<any>} load */
  constructor(load) {
    this.#load = load;
  }

  /**
   * @param {boolean} isShown whether its tab is
   * @param {string} persona
   */
  visible(isShown, persona) {
    this.#isShown = isShown;
    if (isShown) void this.show(persona, true);
  }

  /**
   * @param {string} persona
   * @param {boolean} [anew] also when it is shown already: its file may have changed
   */
  async show(persona, anew = false) {
    if (!this.#isShown || persona === "" || (persona === this.#name && !anew)) return;
    this.#name = persona;
    const view = await this.#load(persona).catch((error) => ({ error: String(error.message ?? error) }));
    if (this.#name !== persona) return;
    if (view.error) this.#panel.replaceChildren(make("p", { class: "soft" }, view.error));
    else this.#panel.replaceChildren(...content(view));
  }
}

/** @param {any} view */
function content(view) {
  const { session } = view.event;
  const raw = JSON.stringify(view.event, null, 2);
  const copy = make("button", { type: "button", class: "plain" }, "Copy");
  copy.addEventListener(
    "click",
    async () => copy.textContent = await copyText(raw) ? "Copied" : "Not allowed",
  );
  const tools = /** @type {any[]} */ (session.tools ?? []);
  return [
    make(
      "p",
      { class: "lead" },
      make("strong", {}, view.persona),
      make("code", { class: "soft" }, view.file),
    ),
    ...view.warnings.map((/** @type {string} */ text) => make("p", { class: "hint bad" }, text)),
    make("h2", {}, "What the model is told, and where it comes from"),
    make(
      "dl",
      { class: "values" },
      value("model", view.model.name, view.model.source),
      ...Object.entries(view.sources)
        .filter(([path]) => path !== "tools")
        .map(([path, source]) => value(path, at(session, path), String(source))),
    ),
    make("h2", {}, "Tools"),
    tools.length === 0
      ? make("p", { class: "soft" }, "None")
      : make("dl", { class: "values" }, ...tools.map(toolValue)),
    ...(Object.keys(view.own).length === 0 ? [] : [
      make("h2", {}, "What Parley does itself"),
      make(
        "dl",
        { class: "values" },
        ...Object.entries(view.own).map(([name, own]) => value(name, own, "persona")),
      ),
    ]),
    make(
      "details",
      {},
      make("summary", {}, "The session.update as it is sent"),
      make("pre", { class: "raw" }, raw),
      copy,
    ),
  ];
}

/**
 * @param {string} path
 * @param {unknown} what
 * @param {string} source
 */
function value(path, what, source) {
  const text = typeof what === "string" ? what : JSON.stringify(what ?? null);
  const isLong = text.length > LONG || text.includes("\n");
  const shown = isLong ? make("pre", { class: "long", tabindex: "0" }, text) : text;
  return make(
    "div",
    { class: "value" },
    make("dt", {}, path),
    make("dd", { class: `from from-${source}` }, WORDS[/** @type {keyof typeof WORDS} */ (source)] ?? source),
    make("dd", { class: "what" }, shown),
  );
}

/** @param {any} tool */
function toolValue(tool) {
  const name = tool.type === "mcp" ? `${tool.server_label} (MCP)` : tool.name;
  return make(
    "div",
    { class: "value" },
    make("dt", {}, name),
    make("dd", { class: "what" }, tool.description ?? tool.server_description ?? tool.server_url ?? ""),
    tool.parameters && Object.keys(tool.parameters.properties ?? {}).length > 0
      ? make("dd", { class: "what soft code" }, Object.keys(tool.parameters.properties).join(", "))
      : undefined,
  );
}

/**
 * @param {unknown} object
 * @param {string} path
 */
function at(object, path) {
  return path.split(".").reduce((value, key) => /** @type {any} */ (value)?.[key], object);
}
