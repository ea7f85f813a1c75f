/** The Flite command-line program, compiled, not yet running. */
export const flite: WebAssembly.Module;
