import { createRequire } from "node:module";

/** One stream of libsamplerate, as the plain bridge uses it. */
export interface Libsamplerate {
  full(samples: Float32Array): Float32Array;
}

/** Makes one, mono, at its fastest setting; undefined when the plain bridge's packages are not installed. */
export async function createLibsamplerate(fromHz: number, toHz: number): Promise<Libsamplerate | undefined> {
  try {
    const require = createRequire(new URL("./plain/", import.meta.url));
    return await require("@alexanderolsen/libsamplerate-js").create(1, fromHz, toHz);
  } catch {
    return undefined;
  }
}
