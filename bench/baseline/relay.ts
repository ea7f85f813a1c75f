/**
 * The practical limit of a bridge in this runtime: it passes the same messages at the same moments, of the same sizes,
 * and never looks at the audio. What it costs is what messages cost. It dials the model as the service does, or with
 * Deno's own WebSocket, which is cheaper and sends late (Nagle's algorithm). Run by bench/calls.ts.
 */
import type { ModelSocket } from "../../lib/realtime/connection.ts";
import { socketDial } from "../../lib/realtime/socket/dial.ts";

/** What the program is told: one JSON object as its argument. */
export interface RelayOptions {
  readonly port: number;
  readonly model: string;
  readonly format: "pcm" | "pcmu";
  readonly dial: "service" | "built-in";
}

const { port, model, format, dial: way }: RelayOptions = JSON.parse(Deno.args[0] ?? "{}");
const HEADERS = { authorization: "Bearer x" };
const connect = (): ModelSocket =>
  way === "service" ? socketDial(model, { headers: HEADERS }) : new WebSocket(model, { headers: HEADERS });
const BYTES_PER_MS = format === "pcm" ? 48 : 8;
const FRAME_MS = 20;
const noise = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)).toBase64();
const APPEND = JSON.stringify({
  type: "input_audio_buffer.append",
  audio: noise(FRAME_MS * BYTES_PER_MS),
});
const FRAME = JSON.stringify({ type: "audio", audio: noise(FRAME_MS * 16) });
const INTERRUPTION = JSON.stringify({ type: "interruption" });
const CONFIGURATION = JSON.stringify({
  type: "session.update",
  session: { type: "realtime", instructions: "You answer the telephone." },
});
const CREATE = JSON.stringify({ type: "response.create" });

Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, (request) => {
  if (request.headers.get("upgrade") !== "websocket") return new Response("relay");
  const { socket, response } = Deno.upgradeWebSocket(request);
  relay(socket);
  return response;
});

function relay(line: WebSocket): void {
  let session: ModelSocket | undefined;
  line.onmessage = ({ data }: MessageEvent<string>) => {
    if (data.startsWith('{"type":"audio"')) {
      if (session?.readyState === WebSocket.OPEN) session.send(APPEND);
    } else if (!session) {
      session = connect();
      session.onopen = () => session!.send(CONFIGURATION);
      session.onmessage = fromModel(line, session);
      session.onclose = () => line.close();
    }
  };
  line.onclose = () => session?.close();
}

function fromModel(line: WebSocket, session: ModelSocket) {
  /** Audio that came and does not fill a frame yet. */
  let restMs = 0;
  const tell = (text: string) => {
    if (line.readyState === WebSocket.OPEN) line.send(text);
  };
  return ({ data }: MessageEvent<string>) => {
    if (data.startsWith('{"type":"response.output_audio.delta"')) {
      const chars = data.length - data.indexOf('"delta":"') - '"delta":""}'.length;
      for (restMs += Math.round(chars * 3 / 4 / BYTES_PER_MS); restMs >= FRAME_MS; restMs -= FRAME_MS) {
        tell(FRAME);
      }
      return;
    }
    const event = JSON.parse(data);
    if (event.type === "session.updated") session.send(CREATE);
    else if (event.type === "input_audio_buffer.speech_started") tell(INTERRUPTION);
    else if (event.type === "response.output_audio_transcript.done") {
      tell(transcript("agent", event.transcript));
    } else if (event.type === "conversation.item.input_audio_transcription.completed") {
      tell(transcript("user", event.transcript));
    }
  };
}

const transcript = (role: string, text: string) => JSON.stringify({ type: "transcript", role, text });
