/**
 * A bridge as it is commonly written and run today: Node, `ws` on both sides, libsamplerate compiled to WebAssembly,
 * JSON.parse and JSON.stringify. Written plainly, without the faults that would slow it down: typed arrays and buffers
 * throughout, no log, no tools.
 *
 * RESAMPLER=shared (default) has one resampler for each direction and all calls, as such bridges have. That is the faster
 * way, and spoils the sound as soon as there are two calls; RESAMPLER=call gives each call its own.
 */
const libsamplerate = require("@alexanderolsen/libsamplerate-js");
const { WebSocket, WebSocketServer } = require("ws");

const { HOST = "127.0.0.1", PORT = "6030", OPENAI_REALTIME_URL, OPENAI_API_KEY = "x", RESAMPLER = "shared" } =
  process.env;
const FRAME_SAMPLES = 160;

const createUpsampler = () => libsamplerate.create(1, 8000, 24_000);
const createDownsampler = () => libsamplerate.create(1, 24_000, 8000);
const createBoth = () => Promise.all([createUpsampler(), createDownsampler()]);
let shared;

start();

async function start() {
  if (RESAMPLER === "shared") shared = await createBoth();
  const server = new WebSocketServer({ host: HOST, port: Number(PORT), perMessageDeflate: false });
  server.on("connection", answer);
}

function answer(line) {
  let model;
  let upsampler, downsampler;
  /** Samples at 8 kHz that wait for the rest of their frame. */
  let rest = new Int16Array(0);

  const toLine = (message) => {
    if (line.readyState === WebSocket.OPEN) line.send(JSON.stringify(message));
  };
  const toModel = (event) => {
    if (model?.readyState === WebSocket.OPEN) model.send(JSON.stringify(event));
  };

  line.on("message", (data) => {
    const message = JSON.parse(data);
    switch (message.type) {
      case "init":
        begin();
        break;
      case "audio": {
        if (model?.readyState !== WebSocket.OPEN || !upsampler) return;
        const audio = resample(upsampler, Buffer.from(message.audio, "base64"));
        toModel({ type: "input_audio_buffer.append", audio: base64(audio) });
        break;
      }
    }
  });
  line.on("error", () => {});
  line.on("close", () => {
    model?.close();
    if (!shared) {
      upsampler?.destroy();
      downsampler?.destroy();
    }
  });

  async function begin() {
    [upsampler, downsampler] = shared ?? await createBoth();
    model = new WebSocket(OPENAI_REALTIME_URL, {
      headers: { authorization: `Bearer ${OPENAI_API_KEY}` },
      perMessageDeflate: false,
    });
    model.on("open", () => toModel({ type: "session.update", session: configuration() }));
    model.on("message", (data) => onEvent(JSON.parse(data)));
    model.on("error", () => {});
    model.on("close", () => line.close());
  }

  function onEvent(event) {
    switch (event.type) {
      case "session.updated":
        toModel({ type: "response.create" });
        break;
      case "response.output_audio.delta":
        for (const frame of frames(resample(downsampler, Buffer.from(event.delta, "base64")))) {
          toLine({ type: "audio", audio: base64(frame) });
        }
        break;
      case "input_audio_buffer.speech_started":
        rest = new Int16Array(0);
        toLine({ type: "interruption" });
        break;
      case "response.output_audio_transcript.done":
        toLine({ type: "transcript", role: "agent", text: event.transcript });
        break;
      case "conversation.item.input_audio_transcription.completed":
        toLine({ type: "transcript", role: "user", text: event.transcript });
        break;
      case "error":
        toLine({ type: "error", message: event.error.message });
        break;
    }
  }

  function frames(samples) {
    const all = new Int16Array(rest.length + samples.length);
    all.set(rest);
    all.set(samples, rest.length);
    const cut = [];
    let at = 0;
    for (; at + FRAME_SAMPLES <= all.length; at += FRAME_SAMPLES) {
      cut.push(all.subarray(at, at + FRAME_SAMPLES));
    }
    rest = all.slice(at);
    return cut;
  }
}

/** PCM16 in, PCM16 out: the library works on floats from -1 to 1. */
function resample(resampler, bytes) {
  const pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const samples = new Float32Array(pcm.length);
  for (let at = 0; at < samples.length; at++) samples[at] = pcm[at] / 32768;
  const resampled = resampler.full(samples);
  const result = new Int16Array(resampled.length);
  for (let at = 0; at < result.length; at++) {
    result[at] = Math.max(-32768, Math.min(32767, Math.round(resampled[at] * 32768)));
  }
  return result;
}

function base64(samples) {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString("base64");
}

function configuration() {
  return {
    type: "realtime",
    output_modalities: ["audio"],
    instructions: "You are a helpful assistant who answers the telephone.",
    audio: {
      input: {
        format: { type: "audio/pcm", rate: 24_000 },
        transcription: { model: "whisper-1" },
        turn_detection: { type: "server_vad" },
      },
      output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "alloy" },
    },
  };
}
