import { Board } from "../../lib/workers/board.ts";

/** Two threads that spend at the same time, 200 dollars each, a cent at a time; what has been spent then. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<SharedArrayBuffer>) => void;
  postMessage(message: string): void;
};

async function spend(): Promise<number> {
  const board = Board.create(1);
  const threads = [1, 2].map(() => new Worker(import.meta.url, { type: "module", name: "spender" }));
  await Promise.all(threads.map((thread) => {
    thread.postMessage(board.buffer);
    return new Promise((resolve) => thread.onmessage = resolve);
  }));
  return Math.round(board.purse.spent(1));
}

if ((globalThis as { name?: string }).name === "spender") {
  scope.onmessage = ({ data }) => {
    const { purse } = Board.over(data);
    for (let count = 0; count < 20_000; count++) purse.add(1, 0.01);
    scope.postMessage("done");
  };
} else {
  console.log(await spend());
  Deno.exit(0);
}
