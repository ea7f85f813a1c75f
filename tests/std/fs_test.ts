import { assert, assertEquals, assertRejects } from "@std/assert";
import { exists, walk } from "@std/fs";

async function withTree(run: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/sub/deep`, { recursive: true });
    await Deno.writeTextFile(`${root}/a.ts`, "");
    await Deno.writeTextFile(`${root}/b.txt`, "");
    await Deno.writeTextFile(`${root}/sub/c.ts`, "");
    await Deno.symlink(`${root}/a.ts`, `${root}/link.ts`);
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function found(root: string, options?: Parameters<typeof walk>[1]): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of walk(root, options)) paths.push(entry.path.slice(root.length));
  return paths.sort();
}

Deno.test("walk() lists a tree with its root, and does not follow links", async () => {
  await withTree(async (root) => {
    assertEquals(await found(root), ["", "/a.ts", "/b.txt", "/link.ts", "/sub", "/sub/c.ts", "/sub/deep"]);
  });
});

Deno.test("walk() stays in the folder with maxDepth 1", async () => {
  await withTree(async (root) => {
    assertEquals(await found(root, { maxDepth: 1, includeDirs: false }), ["/a.ts", "/b.txt", "/link.ts"]);
  });
});

Deno.test("walk() keeps to endings and leaves out what is skipped", async () => {
  await withTree(async (root) => {
    assertEquals(await found(root, { exts: [".ts"], skip: [/sub/] }), ["/a.ts", "/link.ts"]);
  });
});

Deno.test("walk() rejects for a folder that is not there", async () => {
  await assertRejects(() => found("/nowhere/at/all"));
});

Deno.test("exists() tells files and folders from what is not there", async () => {
  await withTree(async (root) => {
    assert(await exists(`${root}/a.ts`));
    assert(await exists(`${root}/sub`));
    assert(!await exists(`${root}/nothing`));
  });
});
