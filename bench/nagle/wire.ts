/**
 * A wire with a delay: two TUN devices, each the only way out of a network namespace, joined by this process, which
 * passes every packet on after `delayMs`. The kernels' TCP on both sides sees a distant peer: acknowledgements come a
 * round trip later, which is what Nagle's algorithm waits for. A TCP proxy would acknowledge at once, and netem is not
 * in every kernel. Order is kept, nothing is lost.
 *
 * Args: name and namespace of the one device, of the other, delayMs each way. Prints "ready". Needs root and Linux.
 */
const [leftName = "", leftSpace = "", rightName = "", rightSpace = "", delayMs = "0"] = Deno.args;

const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  ppoll: { parameters: ["buffer", "u64", "buffer", "pointer"], result: "i32" },
  read: { parameters: ["i32", "buffer", "u64"], result: "isize" },
  write: { parameters: ["i32", "buffer", "u64"], result: "isize" },
}).symbols;

const O_RDWR_NONBLOCK = 0o2 | 0o4000;
const TUNSETIFF = 0x400454can;
const IFF_TUN_NO_PI = 0x0001 | 0x1000;
const POLLIN = 1;

const bytes = (text: string) => new TextEncoder().encode(text + "\0");

/** A TUN device's file descriptor; the device then goes to its namespace, the descriptor stays here. */
function openTun(name: string, namespace: string): number {
  const fd = libc.open(bytes("/dev/net/tun"), O_RDWR_NONBLOCK);
  if (fd < 0) throw new Error("Could not open /dev/net/tun (root?)");
  const request = new Uint8Array(40);
  request.set(bytes(name));
  new DataView(request.buffer).setUint16(16, IFF_TUN_NO_PI, true);
  if (libc.ioctl(fd, TUNSETIFF, request) < 0) throw new Error(`Could not create the TUN device ${name}`);
  const { success } = new Deno.Command("ip", { args: ["link", "set", name, "netns", namespace] })
    .outputSync();
  if (!success) throw new Error(`Could not move ${name} to ${namespace}`);
  return fd;
}

const left = openTun(leftName, leftSpace);
const right = openTun(rightName, rightSpace);
console.log("ready");

const onTheWay: { readonly dueMs: number; readonly to: number; readonly packet: Uint8Array<ArrayBuffer> }[] =
  [];
const wayMs = Number(delayMs);
const polled = new Uint8Array(16);
const pollView = new DataView(polled.buffer);
const timeout = new BigInt64Array(2);
const buffer = new Uint8Array(65_536);
pollView.setInt32(0, left, true);
pollView.setInt32(8, right, true);

function take(from: number, to: number): void {
  for (;;) {
    const length = Number(libc.read(from, buffer, 65_536n));
    if (length <= 0) return;
    onTheWay.push({ dueMs: performance.now() + wayMs, to, packet: buffer.slice(0, length) });
  }
}

// Blocks its process, which has nothing else to do: no timer of the runtime is as exact.
for (;;) {
  const waitMs = Math.max(0, (onTheWay[0]?.dueMs ?? performance.now() + 1000) - performance.now());
  timeout[0] = BigInt(Math.floor(waitMs / 1000));
  timeout[1] = BigInt(Math.floor((waitMs % 1000) * 1e6));
  pollView.setInt16(4, POLLIN, true);
  pollView.setInt16(12, POLLIN, true);
  if (libc.ppoll(polled, 2n, timeout, null) > 0) {
    if (pollView.getInt16(6, true) !== 0) take(left, right);
    if (pollView.getInt16(14, true) !== 0) take(right, left);
  }
  for (let next = onTheWay[0]; next && next.dueMs <= performance.now(); next = onTheWay[0]) {
    libc.write(next.to, next.packet, BigInt(next.packet.length));
    onTheWay.shift();
  }
}
