/**
 * What the service tells of itself at `/console/state`.
 * @typedef {object} ServiceState
 * @property {"open" | "draining" | "closed"} door
 * @property {string} [refusal]
 * @property {readonly string[]} away
 * @property {{ live: number, answered: number }} calls
 * @property {number} [generation]
 * @property {readonly string[]} [faults]
 * @property {boolean} simulator
 * @property {boolean} hasKey
 * @property {string} persona
 * @property {readonly Persona[]} personas
 * @property {readonly { name: string, label: string }[]} samples
 * @property {{ asOf: string, source: string }} prices
 */

/**
 * @typedef {object} Persona
 * @property {string} name
 * @property {string} description
 * @property {string} voice
 * @property {string} model
 * @property {readonly string[]} tools
 * @property {readonly string[]} variables
 * @property {readonly string[]} warnings
 */

/** The service wants a token. */
export class TokenNeeded extends Error {}

const TOKEN_KEY = "parley token";

/** The service this page came from. */
export class Service {
  #token;

  /** Takes the token out of the page's address, where it would stay in the browser's history. */
  constructor() {
    const url = new URL(location.href);
    const given = url.searchParams.get("token");
    if (given !== null) {
      sessionStorage.setItem(TOKEN_KEY, given);
      url.searchParams.delete("token");
      history.replaceState(null, "", url);
    }
    this.#token = given ?? sessionStorage.getItem(TOKEN_KEY) ?? undefined;
  }

  get hasToken() {
    return this.#token !== undefined;
  }

  /** @param {string} token */
  useToken(token) {
    sessionStorage.setItem(TOKEN_KEY, token);
    this.#token = token;
  }

  /** @returns {Promise<ServiceState>} */
  async state() {
    return await (await this.#get("/console/state")).json();
  }

  /**
   * @param {string} persona
   * @returns {Promise<any>}
   */
  async session(persona) {
    return await (await this.#get(`/console/personas/${encodeURIComponent(persona)}`)).json();
  }

  /** @param {string} name */
  async sample(name) {
    return await (await this.#get(`/console/samples/${encodeURIComponent(name)}`)).arrayBuffer();
  }

  /**
   * A line to a persona that also tells of events.
   * @param {string} persona
   * @param {Readonly<Record<string, string>>} variables
   */
  line(persona, variables) {
    const url = new URL(`/${encodeURIComponent(persona)}`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    for (const [name, value] of Object.entries(variables)) {
      if (value !== "") url.searchParams.set(name, value);
    }
    url.searchParams.set("events", "1");
    if (this.#token !== undefined) url.searchParams.set("token", this.#token);
    return new WebSocket(url);
  }

  /** @param {string} path */
  async #get(path) {
    const headers = new Headers();
    if (this.#token !== undefined) headers.set("authorization", `Bearer ${this.#token}`);
    const response = await fetch(path, { headers, signal: AbortSignal.timeout(5000) });
    if (response.status === 401) throw new TokenNeeded();
    if (!response.ok) throw new Error(`Could not read ${path}: status ${response.status}`);
    return response;
  }
}
