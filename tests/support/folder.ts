import { dirname } from "node:path";

/** A folder made for a test. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
  write(name: string, content: string | Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

export async function makeFolder(files: Record<string, string | Uint8Array> = {}): Promise<Folder> {
  const path = await Deno.makeTempDir();
  const folder: Folder = {
    path,
    async write(name, content) {
      await Deno.mkdir(dirname(`${path}/${name}`), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(`${path}/${name}`, content);
      else await Deno.writeFile(`${path}/${name}`, content);
    },
    remove: (name) => Deno.remove(`${path}/${name}`),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
  for (const [name, content] of Object.entries(files)) await folder.write(name, content);
  return folder;
}
