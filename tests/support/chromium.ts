/** Drives a headless Chromium over the DevTools protocol, as little of it as the tests need. */

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const LIMIT_MS = 15_000;

/** Where Chromium is; undefined on machines without it. */
export const CHROMIUM: string | undefined = PLACES.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

export interface Browser extends AsyncDisposable {
  readonly page: Page;
  /** Where downloads end up. */
  readonly downloads: string;
}

/** The one page of a browser. */
export interface Page {
  /** The protocol's method; resolves with its result. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Events of the protocol so far. */
  readonly events: readonly { method: string; params: Record<string, unknown> }[];
  goto(url: string): Promise<void>;
  /** The value of an expression, as JSON carries it. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until the expression is true. */
  until(what: string, expression: string, limitMs?: number): Promise<void>;
  /** Presses the mouse on an element, as people do: browsers give some rights to nothing else. */
  click(selector: string): Promise<void>;
  /** A PNG. */
  screenshot(): Promise<Uint8Array>;
}

/** @param microphone WAV file that the fake microphone plays, over and over; undefined: there is none */
export async function startChromium(microphone: string | undefined): Promise<Browser> {
  const dir = await Deno.makeTempDir({ prefix: "chromium-" });
  const downloads = `${dir}/downloads`;
  await Deno.mkdir(downloads);
  const child = new Deno.Command(CHROMIUM ?? "chromium", {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--no-default-browser-check",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-extensions",
      "--autoplay-policy=user-gesture-required",
      "--remote-debugging-port=0",
      `--user-data-dir=${dir}/profile`,
      ...(microphone === undefined ? [] : [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        `--use-file-for-fake-audio-capture=${microphone}`,
      ]),
      "about:blank",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { address, printed } = addressIn(child.stderr);
  const { socket, page } = await openPage(await address, downloads);
  return {
    page,
    downloads,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.send(JSON.stringify({ id: 0, method: "Browser.close" }));
      const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
      await Promise.all([child.status, closed, printed]);
      clearTimeout(timer);
      await Deno.remove(dir, { recursive: true }).catch(() => {});
    },
  };
}

/** Chromium prints it once; the rest is read and dropped until all of its processes are gone. */
function addressIn(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  const read = async () => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      if (text.length < 100_000) text += part;
      const found = /DevTools listening on (ws:\S+)/.exec(text);
      if (found) resolve(found[1]!);
    }
    reject(new Error(`Chromium did not start: ${text}`));
  };
  return { address: promise, printed: read() };
}

async function openPage(address: string, downloads: string): Promise<{ socket: WebSocket; page: Page }> {
  const socket = new WebSocket(address);
  const events: Page["events"][number][] = [];
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  let ids = 0;
  /** Of the page; none while the browser itself is spoken to. */
  const session: { sessionId?: string } = {};

  socket.onmessage = ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(data);
    if (id === undefined) return void events.push({ method, params });
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result);
    waiting.delete(id);
  };
  socket.onclose = () => waiting.forEach(({ reject }) => reject(new Error("Chromium is gone")));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const send = (method: string, params: object = {}) => {
    const answer = Promise.withResolvers<Record<string, unknown>>();
    const id = ++ids;
    waiting.set(id, answer);
    socket.send(JSON.stringify({ id, method, params, ...session }));
    return answer.promise;
  };

  const { targetInfos } = await send("Target.getTargets") as {
    targetInfos: { targetId: string; type: string }[];
  };
  const { targetId } = targetInfos.find(({ type }) => type === "page")!;
  await send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads });
  const attached = await send("Target.attachToTarget", { targetId, flatten: true });
  session.sessionId = attached.sessionId as string;
  for (const domain of ["Page", "Runtime", "Network", "Log"]) await send(`${domain}.enable`);

  const page: Page = {
    send,
    events,
    async goto(url) {
      await send("Page.navigate", { url });
      await page.until("the page", `location.href.startsWith("http") && document.readyState === "complete"`);
    },
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      }) as {
        result: { value: T };
        exceptionDetails?: { text: string; exception?: { description?: string } };
      };
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    async until(what, expression, limitMs = LIMIT_MS) {
      const untilMs = performance.now() + limitMs;
      while (!await page.evaluate<boolean>(`Boolean(${expression})`)) {
        if (performance.now() > untilMs) throw new Error(`Waited in vain for ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async click(selector) {
      const at = await page.evaluate<{ x: number; y: number }>(`(() => {
        const element = document.querySelector(${JSON.stringify(selector)});
        element.scrollIntoView({ block: "nearest" });
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      })()`);
      for (const type of ["mousePressed", "mouseReleased"]) {
        await send("Input.dispatchMouseEvent", { type, ...at, button: "left", clickCount: 1 });
      }
    },
    async screenshot() {
      const { data } = await send("Page.captureScreenshot", { format: "png" });
      return Uint8Array.fromBase64(data as string);
    },
  };
  return { socket, page };
}
