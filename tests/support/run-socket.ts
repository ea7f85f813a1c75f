/** Dials the URL of the first argument, sends "hello", prints what comes back and how it ended. */
import { socketDial } from "../../lib/realtime/socket/dial.ts";

const socket = socketDial(Deno.args[0]!, { headers: { authorization: "Bearer sk-test" } });
socket.onopen = () => socket.send("hello");
socket.onmessage = ({ data }) => {
  console.log(data);
  socket.close(1000);
};
socket.onerror = (event) => console.log((event as ErrorEvent).message);
socket.onclose = ({ code }) => console.log(code);
