import Module from "node:module";

/** More characters than this are not kept: such files are read from the disk again each time. */
const KEPT_MAX = 1_000_000;

/** Texts of files, by path. */
export type KeptTexts = Readonly<Record<string, string>>;

type Compile = (this: unknown, text: string, file: string, ...rest: unknown[]) => unknown;
type Load = (module: { exports: unknown }, file: string) => void;

/** The parts of node's Module that read CommonJS files; not in its types. */
const loader = Module as unknown as {
  prototype: { _compile: Compile };
  _extensions: Record<".json", Load>;
};

/**
 * Has the CommonJS files outside of packages run as they are in `kept`, whatever is on the disk by now.
 * @returns where nothing is kept yet: what has been read so far, undefined when it is too much
 */
export function keepFiles(kept: KeptTexts | undefined): () => KeptTexts | undefined {
  const files: Record<string, string> = {};
  let left = KEPT_MAX;
  const note = (file: string, text: string) => {
    if (file.includes("/node_modules/")) return;
    left -= text.length;
    if (left >= 0) files[file] = text;
  };
  const { prototype: { _compile: compile }, _extensions: { ".json": readJson } } = loader;
  loader.prototype._compile = function (text, file, ...rest) {
    if (!kept) note(file, text);
    return compile.call(this, kept?.[file] ?? text, file, ...rest);
  };
  loader._extensions[".json"] = (module, file) => {
    const text = kept?.[file];
    if (text !== undefined) module.exports = JSON.parse(text);
    else readJson(module, file);
    if (!kept) note(file, JSON.stringify(module.exports));
  };
  return () => kept ?? (left >= 0 ? files : undefined);
}

/** Whether these files are on the disk as they were kept. */
export async function areUnchanged(kept: KeptTexts): Promise<boolean> {
  const same = await Promise.all(Object.entries(kept).map(([file, text]) => isUnchanged(file, text)));
  return same.every(Boolean);
}

async function isUnchanged(file: string, text: string): Promise<boolean> {
  try {
    // Reading a pipe would never end.
    if (!(await Deno.stat(file)).isFile) return false;
    const now = await Deno.readTextFile(file);
    return now === text || (file.endsWith(".json") && JSON.stringify(JSON.parse(now)) === text);
  } catch {
    return false;
  }
}
