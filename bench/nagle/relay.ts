/**
 * What is measured: takes lines on a Unix socket (no TCP, so no Nagle there), dials the model for each with one of
 * DIALS and passes the messages on as they are.
 *
 * Args: the dial's name, the model's URL, the Unix socket's path. Prints "ready".
 */
import { DIALS } from "./dials.ts";

const [name = "", url = "", path = ""] = Deno.args;
const dial = await DIALS[name]!();

Deno.serve({ path, onListen: () => console.log("ready") }, (request) => {
  const { socket: line, response } = Deno.upgradeWebSocket(request);
  const model = dial(url);
  const ready = Promise.all([
    new Promise<void>((open) => line.onopen = () => open()),
    new Promise<void>((open) => model.onopen = () => open()),
  ]);
  ready.then(() => line.send("open"));
  model.onmessage = ({ data }) => line.readyState === WebSocket.OPEN && line.send(data as string);
  model.onerror = (event) => console.error(`Model: ${(event as ErrorEvent).message}`);
  model.onclose = () => line.close();
  line.onmessage = ({ data }) => model.send(data as string);
  line.onclose = () => model.close(1000);
  line.onerror = () => {};
  return response;
});
