import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from "@bjorn3/browser_wasi_shim";
import { finish } from "./sound.ts";
import { flite } from "./wasm.js";

/** What the worker is asked: Flite's arguments, and the pitch the result is played at. */
export interface Job {
  readonly id: number;
  readonly args: readonly string[];
  readonly pitch: number;
}

/** What it answers. */
export type Done = { readonly id: number; readonly samples: Int16Array } | {
  readonly id: number;
  readonly error: string;
};

/** A program is over after one run; its memory is put back instead, unless it has grown beyond this. */
const KEEP_BELOW_BYTES = 64 * 1024 * 1024;

interface Program {
  readonly wasi: WASI;
  readonly instance: { exports: { memory: WebAssembly.Memory; _start: () => unknown } };
  /** The memory as it was before the first run. */
  readonly image: Uint8Array;
}

const port = self as unknown as {
  onmessage: (event: MessageEvent<Job>) => void;
  postMessage(message: Done, transfer?: Transferable[]): void;
};
let program: Program | undefined;

port.onmessage = ({ data: { id, args, pitch } }) => {
  try {
    const { sampleRate, samples } = parseWav(run(args));
    const finished = finish(samples, Math.round(sampleRate * pitch));
    port.postMessage({ id, samples: finished }, [finished.buffer as ArrayBuffer]);
  } catch (error) {
    program = undefined; // a trap leaves the stack where it was
    port.postMessage({ id, error: String(error) });
  }
};

/** Runs the program once, in files that exist in memory only, and returns the WAV file it wrote. */
function run(args: readonly string[]): Uint8Array {
  program ??= load();
  const { wasi, instance, image } = program;
  const memory = new Uint8Array(instance.exports.memory.buffer);
  memory.set(image);
  memory.fill(0, image.length);
  const told: string[] = [];
  const folder = new PreopenDirectory("/", new Map());
  const output = ConsoleStdout.lineBuffered((line) => told.push(line));
  wasi.args = ["flite", ...args, "-o", "out.wav"];
  wasi.fds = [new OpenFile(new File([])), output, output, folder];
  const code = wasi.start(instance);
  if (instance.exports.memory.buffer.byteLength > KEEP_BELOW_BYTES) program = undefined;
  const file = folder.dir.contents.get("out.wav");
  if (!(file instanceof File)) {
    throw new Error(`Flite wrote no sound: code ${code}, ${told.join(" ").slice(0, 200)}`);
  }
  return file.data;
}

function load(): Program {
  const wasi = new WASI([], [], [], { debug: false });
  const instance = new WebAssembly.Instance(flite, { wasi_snapshot_preview1: wasi.wasiImport });
  const typed = instance as unknown as Program["instance"];
  return { wasi, instance: typed, image: new Uint8Array(typed.exports.memory.buffer).slice() };
}

/** Flite's own WAV: a 44 byte header, mono, 16 bit, and a data length it may leave unset. */
function parseWav(bytes: Uint8Array): { sampleRate: number; samples: Int16Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 44 || view.getUint32(36) !== 0x64617461) throw new Error("Flite wrote no WAV file");
  const length = Math.floor((bytes.length - 44) / 2);
  const samples = Int16Array.from({ length }, (_, i) => view.getInt16(44 + 2 * i, true));
  return { sampleRate: view.getUint32(24, true), samples };
}
