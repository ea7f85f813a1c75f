import { Numbers } from "./call/numbers.js";
import { peak } from "./call/recording.js";
import { endingText, timeText } from "./call/words.js";
import { Desk } from "./desk.js";
import { Service, TokenNeeded } from "./service.js";
import { ConversationView } from "./view/conversation.js";
import { mountDownloads, recordingOf } from "./view/downloads.js";
import { input, part } from "./view/dom.js";
import { EventsView } from "./view/events.js";
import { showStanding, standingOf } from "./view/notices.js";
import { NumbersView } from "./view/numbers.js";
import { PersonaPicker } from "./view/personas.js";
import { PhoneView } from "./view/phone.js";
import { Player } from "./view/player.js";
import { SessionView } from "./view/session.js";
import { mountTabs } from "./view/tabs.js";
import { mountTheme } from "./view/theme.js";
import { Timeline } from "./view/timeline.js";
import { WriteView } from "./view/write.js";

/** @import { Call } from "./call/call.js" */
/** @import { ServiceState } from "./service.js" */

const ASK_MS = 3000;

const service = new Service();
const timeline = new Timeline();
const player = new Player(timeline);
const conversation = new ConversationView((ms) => player.playFrom(ms));
const numbers = new NumbersView();
const events = new EventsView();
const session = new SessionView((persona) => service.session(persona));
const personas = new PersonaPicker(() => refresh());
/** @type {ServiceState | undefined} */
let state;
let hasAnswered = false;
/** What the session's view depends on. */
let seen = "";

const desk = new Desk({
  service,
  onFault: (words) => phone.fault(words),
  onState: (phase) => phone.show(phase),
  begin,
});
const phone = new PhoneView({
  call: () => void desk.place(wanted(false)),
  callWithSample: () => void desk.place(wanted(true)),
  hangUp: () => desk.hangUp(),
  mute: (muted) => desk.audio?.tell({ type: "muted", muted }),
  press: (digit) => desk.call?.press(digit),
  say: () => void desk.say(),
  line: (line) => desk.audio?.tell({ type: "line", ...line }),
});
const write = new WriteView((text) => desk.call?.write(text));

mountTheme(() => timeline.redraw());
mountTabs(part("events").parentElement?.querySelector(".tabs") ?? document.body, (panel) => {
  events.visible(panel === "events");
  session.visible(panel === "session", personas.chosen?.name ?? "");
});
mountDownloads(() => desk.last);
part("token").addEventListener("submit", (event) => {
  event.preventDefault();
  service.useToken(input("token-input").value.trim());
  void ask();
});
input("file").addEventListener("change", () => {
  desk.file = input("file").files?.[0];
  refresh();
});
setInterval(() => desk.call && phone.clock(desk.call.atMs), 250);
setInterval(() => document.hidden || void ask(), ASK_MS);
addEventListener("visibilitychange", () => document.hidden || void ask());
numbers.clear();
numbers.update(new Numbers(), { simulator: false, asOf: "", minutes: 0 });
void ask();

/** @param {boolean} withSample */
function wanted(withSample) {
  const sample = state?.samples[0]?.name;
  return {
    persona: personas.chosen?.name ?? "",
    variables: personas.variables,
    line: phone.line,
    sample,
    withSample,
  };
}

/** Asks the service how it is. */
async function ask() {
  try {
    state = await service.state();
    hasAnswered = true;
    part("token").hidden = true;
    part("desk").hidden = false;
    personas.show(state);
    const now = JSON.stringify([state.generation, state.personas]);
    if (seen !== "" && now !== seen) void session.show(personas.chosen?.name ?? "", true);
    seen = now;
  } catch (error) {
    if (error instanceof TokenNeeded) return askForToken();
    state = undefined;
  }
  refresh();
}

function askForToken() {
  const isFirst = part("token").hidden;
  part("token").hidden = false;
  part("desk").hidden = true;
  part("token-fault").textContent = service.hasToken ? "That token is not the service's." : "";
  showStanding({ tone: "warn", words: "Token needed", notices: [] });
  if (isFirst) input("token-input").focus();
}

/** Shows what depends on the service's state and the chosen persona. */
function refresh() {
  const persona = personas.chosen;
  showStanding(standingOf(state, persona?.model ?? ""));
  const why = !state
    ? hasAnswered ? "The service does not answer." : undefined
    : state.door !== "open"
    ? "The service is stopping."
    : state.refusal;
  phone.ready({
    can: Boolean(state && persona && !why),
    ...(why ? { why } : {}),
    persona: persona?.name ?? "",
    hasSample: desk.file !== undefined || (state?.samples.length ?? 0) > 0,
  });
  const simulated = part("simulated");
  simulated.hidden = !state?.simulator;
  simulated.textContent =
    "The simulator answers: it speaks, takes turns and can be interrupted, but it understands " +
    `nothing. ${
      state?.hasKey ? "Without SIMULATOR=always" : "With OPENAI_API_KEY set"
    }, the real model answers.`;
  if (!desk.call && persona) void session.show(persona.name);
}

/**
 * A call begins: everything that shows it turns to it.
 * @param {Call} call
 * @param {string} persona
 * @param {boolean} withSample
 */
function begin(call, persona, withSample) {
  const about = () => ({
    simulator: state?.simulator ?? false,
    asOf: state?.prices.asOf ?? "",
    minutes: call.recording.durationMs / 60_000,
  });
  player.unload();
  conversation.clear();
  numbers.clear();
  numbers.update(call.numbers, about());
  events.show(call.log);
  timeline.show(call);
  phone.about(persona, withSample);
  document.title = `${persona} - Parley`;
  part("timeline").hidden = false;
  part("after").hidden = true;

  return {
    /** @param {import("./call/call.js").Change} change @param {any} what */
    change(change, what) {
      switch (change) {
        case "frame":
          phone.meters(what, peak(what.caller), peak(what.agent));
          return timeline.tick();
        case "speaker":
          return phone.speaks(call.speaker);
        case "numbers":
          return numbers.update(call.numbers, about());
        case "log":
          return events.update();
        case "transcript": {
          const entry = what ?? call.transcript.entries.at(-1);
          conversation.update(entry);
          if (entry.kind === "tool") numbers.tool(entry);
          return;
        }
        case "phase":
          write.enable(call.phase === "live");
          if (call.phase === "live") phone.speaks("nobody");
          if (call.phase === "over") end(call, about);
      }
    },
  };
}

/**
 * @param {Call} call
 * @param {() => { simulator: boolean, asOf: string, minutes: number }} about
 */
function end(call, about) {
  const { durationMs } = call.recording;
  document.title = "Parley";
  numbers.update(call.numbers, about());
  part("ending").textContent = endingText(call.ending, call.fault);
  part("lasted").textContent = durationMs > 0 ? `after ${timeText(durationMs)}` : "";
  part("after").hidden = false;
  timeline.end();
  conversation.end();
  if (durationMs > 0) player.load(recordingOf(call), durationMs);
  if (durationMs === 0) phone.fault(`${endingText(call.ending)}.`);
  void ask();
}
