import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { createLog } from "../../lib/log.ts";
import { isEdit, watchFolders } from "../../lib/persona/watch.ts";
import { makeFolder } from "../support/folder.ts";

const edit = (path: string, kind: Deno.FsEvent["kind"] = "modify") =>
  isEdit({ kind, paths: [`/p/personas/${path}`] });

Deno.test("what editors leave beside a file is no edit, nor is reading, a test or a rehearsal", () => {
  const others = [
    ".supportAgent.ts.swp",
    ".supportAgent.ts.tmp123",
    "supportAgent.ts~",
    "4913",
    "#supportAgent.ts#",
    ".#supportAgent.ts",
    "supportAgent.ts___jb_tmp___",
    "supportAgent.ts.tmp",
    "supportAgent.test.ts",
    "supportAgent_test.ts",
    "supportAgent.rehearsal.ts",
  ];
  assertEquals(others.filter((path) => edit(path)), []);
  assert(!edit("supportAgent.ts", "access"));
});

Deno.test("what a persona is made of is an edit, however it is written", () => {
  for (
    const path of ["supportAgent.ts", "_shared.ts", "data.json", "sounds/sorry.wav", "prompt.md", "tool.cjs"]
  ) {
    assert(edit(path), path);
  }
  assert(edit("supportAgent.ts", "create"));
  assert(edit("supportAgent.ts", "remove"));
  // A save that renames a temporary file over the real one.
  assert(isEdit({ kind: "rename", paths: ["/p/.supportAgent.ts.tmp", "/p/supportAgent.ts"] }));
});

Deno.test("a save in several steps is one edit; a folder that is missing is no fault", async () => {
  await using folder = await makeFolder({ "one.ts": "1", "deep/two.ts": "1" });
  const logged: string[] = [];
  let edits = 0;
  let wake = () => {};
  const stop = watchFolders([folder.path, `${folder.path}/nowhere`], {
    clock: systemClock,
    log: createLog({ write: (line) => logged.push(line) }),
    onEdit() {
      edits++;
      wake();
    },
  });
  const edited = () => new Promise<void>((resolve) => wake = resolve);
  try {
    let next = edited();
    await folder.write("4913", "");
    await folder.remove("4913");
    await Deno.rename(`${folder.path}/one.ts`, `${folder.path}/one.ts~`);
    await folder.write("one.ts", "2");
    await folder.remove("one.ts~");
    await next;
    next = edited();
    await folder.write("deep/two.ts", "2");
    await next;
    await Deno.readTextFile(`${folder.path}/one.ts`);
    await new Promise((resolve) => setTimeout(resolve, 250));
    assertEquals([edits, logged], [2, []]);
  } finally {
    stop();
  }
});
