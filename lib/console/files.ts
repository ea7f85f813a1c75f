import { createHash } from "node:crypto";
import deskJs from "./page/desk.js" with { type: "text" };
import iconSvg from "./page/icon.svg" with { type: "text" };
import indexHtml from "./page/index.html" with { type: "text" };
import mainJs from "./page/main.js" with { type: "text" };
import serviceJs from "./page/service.js" with { type: "text" };
import audioEngineJs from "./page/audio/engine.js" with { type: "text" };
import audioImpairmentsJs from "./page/audio/impairments.js" with { type: "text" };
import audioOpenJs from "./page/audio/open.js" with { type: "text" };
import audioQueueJs from "./page/audio/queue.js" with { type: "text" };
import audioResamplerJs from "./page/audio/resampler.js" with { type: "text" };
import audioTelephoneJs from "./page/audio/telephone.js" with { type: "text" };
import audioToLineJs from "./page/audio/to-line.js" with { type: "text" };
import audioWorkletJs from "./page/audio/worklet.js" with { type: "text" };
import callBase64Js from "./page/call/base64.js" with { type: "text" };
import callCallJs from "./page/call/call.js" with { type: "text" };
import callEventLogJs from "./page/call/event-log.js" with { type: "text" };
import callFloorJs from "./page/call/floor.js" with { type: "text" };
import callLatencyChartJs from "./page/call/latency-chart.js" with { type: "text" };
import callNotesJs from "./page/call/notes.js" with { type: "text" };
import callNumbersJs from "./page/call/numbers.js" with { type: "text" };
import callRecordingJs from "./page/call/recording.js" with { type: "text" };
import callSampleCallerJs from "./page/call/sample-caller.js" with { type: "text" };
import callTranscriptTextJs from "./page/call/transcript-text.js" with { type: "text" };
import callTranscriptJs from "./page/call/transcript.js" with { type: "text" };
import callWavJs from "./page/call/wav.js" with { type: "text" };
import callWordsJs from "./page/call/words.js" with { type: "text" };
import styleBaseCss from "./page/style/base.css" with { type: "text" };
import styleConversationCss from "./page/style/conversation.css" with { type: "text" };
import styleInspectorCss from "./page/style/inspector.css" with { type: "text" };
import styleLayoutCss from "./page/style/layout.css" with { type: "text" };
import stylePhoneCss from "./page/style/phone.css" with { type: "text" };
import viewConversationJs from "./page/view/conversation.js" with { type: "text" };
import viewDomJs from "./page/view/dom.js" with { type: "text" };
import viewDownloadsJs from "./page/view/downloads.js" with { type: "text" };
import viewEventsJs from "./page/view/events.js" with { type: "text" };
import viewNoticesJs from "./page/view/notices.js" with { type: "text" };
import viewNumbersJs from "./page/view/numbers.js" with { type: "text" };
import viewPersonasJs from "./page/view/personas.js" with { type: "text" };
import viewPhoneJs from "./page/view/phone.js" with { type: "text" };
import viewPlayerJs from "./page/view/player.js" with { type: "text" };
import viewSessionJs from "./page/view/session.js" with { type: "text" };
import viewTabsJs from "./page/view/tabs.js" with { type: "text" };
import viewThemeJs from "./page/view/theme.js" with { type: "text" };
import viewTimelineJs from "./page/view/timeline.js" with { type: "text" };
import viewWriteJs from "./page/view/write.js" with { type: "text" };

/** A file of the page as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
  /** Another text has another one. */
  readonly tag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Part of the program, so that no right to read them is needed, and nothing else can be asked for. */
const TEXTS: Readonly<Record<string, string>> = {
  "desk.js": deskJs,
  "icon.svg": iconSvg,
  "index.html": indexHtml,
  "main.js": mainJs,
  "service.js": serviceJs,
  "audio/engine.js": audioEngineJs,
  "audio/impairments.js": audioImpairmentsJs,
  "audio/open.js": audioOpenJs,
  "audio/queue.js": audioQueueJs,
  "audio/resampler.js": audioResamplerJs,
  "audio/telephone.js": audioTelephoneJs,
  "audio/to-line.js": audioToLineJs,
  "audio/worklet.js": audioWorkletJs,
  "call/base64.js": callBase64Js,
  "call/call.js": callCallJs,
  "call/event-log.js": callEventLogJs,
  "call/floor.js": callFloorJs,
  "call/latency-chart.js": callLatencyChartJs,
  "call/notes.js": callNotesJs,
  "call/numbers.js": callNumbersJs,
  "call/recording.js": callRecordingJs,
  "call/sample-caller.js": callSampleCallerJs,
  "call/transcript-text.js": callTranscriptTextJs,
  "call/transcript.js": callTranscriptJs,
  "call/wav.js": callWavJs,
  "call/words.js": callWordsJs,
  "style/base.css": styleBaseCss,
  "style/conversation.css": styleConversationCss,
  "style/inspector.css": styleInspectorCss,
  "style/layout.css": styleLayoutCss,
  "style/phone.css": stylePhoneCss,
  "view/conversation.js": viewConversationJs,
  "view/dom.js": viewDomJs,
  "view/downloads.js": viewDownloadsJs,
  "view/events.js": viewEventsJs,
  "view/notices.js": viewNoticesJs,
  "view/numbers.js": viewNumbersJs,
  "view/personas.js": viewPersonasJs,
  "view/phone.js": viewPhoneJs,
  "view/player.js": viewPlayerJs,
  "view/session.js": viewSessionJs,
  "view/tabs.js": viewTabsJs,
  "view/theme.js": viewThemeJs,
  "view/timeline.js": viewTimelineJs,
  "view/write.js": viewWriteJs,
};

/** The page's files by their path below `/console/`. */
export const PAGE: ReadonlyMap<string, PageFile> = new Map(
  Object.entries(TEXTS).map(([path, text]) => [path, pageFile(path, text)]),
);

function pageFile(path: string, text: string): PageFile {
  const type = TYPES[path.split(".").at(-1)!]!;
  const whole = path === "index.html" ? text.replace("<!-- modules -->", preloads()) : text;
  return {
    type,
    text: whole,
    tag: `"${createHash("sha256").update(whole).digest("base64url").slice(0, 22)}"`,
  };
}

/** Modules import each other in several steps: named in the page, all of them come at once. */
function preloads(): string {
  return Object.keys(TEXTS)
    .filter((path) => path.endsWith(".js") && path !== "audio/worklet.js")
    .map((path) => `<link rel="modulepreload" href="/console/${path}">`)
    .join("\n    ");
}
