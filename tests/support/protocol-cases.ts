import { concat } from "./frames.ts";
import { ascii, serverFrame } from "./raw-model.ts";

/** A server's bytes, and what a client has to make of them by RFC 6455. */
export interface ProtocolCase {
  readonly name: string;
  readonly stream: Uint8Array;
  /** `text ...`, `binary 1,2`, `ping 1,2`, `pong ...`, `close <code> <reason>`, `fault <code>`. */
  readonly told: readonly string[];
}

const bytes = (hex: string) => Uint8Array.fromHex(hex.replaceAll(" ", ""));
const closeFrame = (code: number, reason: string | Uint8Array = "") =>
  serverFrame(8, concat(Uint8Array.of(code >> 8, code), typeof reason === "string" ? utf8(reason) : reason));
const utf8 = (text: string) => new TextEncoder().encode(text);
const KOSME = "κόσμε";
/** What a frame of a second message, wrongly begun, or of an error is followed by in most cases. */
const NEXT = serverFrame(1, "next");
const TOLD_NEXT = "text next";

const all: [name: string, stream: Uint8Array, ...told: string[]][] = [];

for (const size of [0, 125, 126, 127, 128, 65_535, 65_536]) {
  const text = "*".repeat(size);
  all.push([`text of ${size} bytes`, serverFrame(1, text), `text ${text}`]);
  const binary = new Uint8Array(size).fill(0xfe);
  all.push([`binary of ${size} bytes`, serverFrame(2, binary), `binary ${binary}`]);
}

all.push(
  ["a ping without payload", serverFrame(9, ""), "ping "],
  ["a ping with payload", serverFrame(9, "Hi"), "ping 72,105"],
  [
    "a ping with bytes that are no text",
    serverFrame(9, bytes("00 ff fe fd fc fb 00 ff")),
    "ping 0,255,254,253,252,251,0,255",
  ],
  [
    "a ping of 125 bytes",
    serverFrame(9, new Uint8Array(125).fill(254)),
    `ping ${new Uint8Array(125).fill(254)}`,
  ],
  [
    "a ping of 126 bytes",
    concat(bytes("89 7e 00 7e"), new Uint8Array(126)),
    "fault 1002",
  ],
  ["a pong nobody asked for", concat(serverFrame(10, "Hi"), NEXT), "pong 72,105", TOLD_NEXT],
  [
    "ten pings",
    concat(...Array.from({ length: 10 }, (_, at) => serverFrame(9, Uint8Array.of(at)))),
    ...Array.from({ length: 10 }, (_, at) => `ping ${at}`),
  ],
);

for (let reserved = 1; reserved <= 7; reserved++) {
  for (const opcode of [1, 2, 8, 9]) {
    const frame = serverFrame(opcode, "");
    frame[0]! |= reserved << 4;
    all.push([
      `opcode ${opcode} with the reserved bits ${reserved}`,
      concat(serverFrame(1, "a"), frame, NEXT),
      "text a",
      "fault 1002",
    ]);
  }
}
for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
  const unknown = [serverFrame(opcode, ""), serverFrame(opcode, "unknown")];
  unknown.forEach((frame, at) =>
    all.push([
      `the unknown opcode ${opcode}${at ? " with payload" : ""}`,
      concat(serverFrame(1, "a"), frame, serverFrame(9, "")),
      "text a",
      "fault 1002",
    ])
  );
}

all.push(
  ["a masked frame", bytes("81 85 37fa213d 7f9f4d5158"), "fault 1002"],
  ["a masked close frame", bytes("88 80 00000000"), "fault 1002"],
  ["a ping in fragments", concat(serverFrame(9, "a", false), serverFrame(0, "b")), "fault 1002"],
  ["a pong in fragments", concat(serverFrame(10, "a", false), serverFrame(0, "b")), "fault 1002"],
  ["a close in fragments", concat(serverFrame(8, "", false), serverFrame(0, "")), "fault 1002"],
  ["text in two fragments", concat(serverFrame(1, "one", false), serverFrame(0, "two")), "text onetwo"],
  [
    "text in two fragments with a ping between",
    concat(serverFrame(1, "one", false), serverFrame(9, "p"), serverFrame(0, "two"), NEXT),
    ...["ping 112", "text onetwo", TOLD_NEXT],
  ],
  [
    "text in five fragments with pings and pongs between",
    concat(
      ...[serverFrame(1, "a", false), serverFrame(0, "b", false), serverFrame(9, "1")],
      ...[serverFrame(0, "c", false), serverFrame(10, "2"), serverFrame(0, "d", false), serverFrame(0, "e")],
    ),
    ...["ping 49", "pong 50", "text abcde"],
  ],
  [
    "a close frame between fragments",
    concat(serverFrame(1, "one", false), closeFrame(1000), serverFrame(0, "two")),
    "close 1000 ",
  ],
  ["a continuation at first", concat(serverFrame(0, "a"), NEXT), "fault 1002"],
  ["a continuation at first, not its last", concat(serverFrame(0, "a", false), NEXT), "fault 1002"],
  [
    "a continuation behind a whole message",
    concat(serverFrame(1, "a"), serverFrame(0, "b")),
    ...["text a", "fault 1002"],
  ],
  [
    "a continuation behind fragments that are done",
    concat(serverFrame(1, "a", false), serverFrame(0, "b"), serverFrame(0, "c")),
    ...["text ab", "fault 1002"],
  ],
  ["a message within another", concat(serverFrame(1, "a", false), NEXT), "fault 1002"],
  ["binary within text", concat(serverFrame(1, "a", false), serverFrame(2, "b", false)), "fault 1002"],
  ["a fragment alone", concat(serverFrame(1, "a", false), serverFrame(9, "")), "ping "],
  [
    "text in empty fragments",
    concat(serverFrame(1, "", false), serverFrame(0, "", false), serverFrame(0, "")),
    "text ",
  ],
  [
    "text whose one fragment is not empty",
    concat(serverFrame(1, "", false), serverFrame(0, "middle", false), serverFrame(0, "")),
    "text middle",
  ],
  [
    "binary in two fragments",
    concat(serverFrame(2, bytes("00 ff"), false), serverFrame(0, bytes("fe"))),
    "binary 0,255,254",
  ],
  ["half a frame", serverFrame(1, "hello").subarray(0, 4)],
  ["nothing", new Uint8Array(0)],
);

// Text: letters of all lengths, letters cut by a frame's end, and what only looks like letters.
all.push(
  [
    "text with letters of several bytes",
    serverFrame(1, utf8(`Hello-µ@ßöäüàá-UTF-8!!`)),
    "text Hello-µ@ßöäüàá-UTF-8!!",
  ],
  ["text with a byte order mark", serverFrame(1, utf8("\ufeffa")), "text \ufeffa"],
  ["text with U+FFFD in it", serverFrame(1, utf8("a\ufffdb")), "text a\ufffdb"],
  [
    "text with noncharacters and NUL",
    serverFrame(1, utf8("\u0000\ufffe\uffff\u{10ffff}")),
    "text \u0000\ufffe\uffff\u{10ffff}",
  ],
);
const letters = utf8(`${KOSME}😀`);
for (let cut = 0; cut <= letters.length; cut++) {
  all.push([
    `text whose fragments divide at byte ${cut} of its letters`,
    concat(
      serverFrame(1, letters.subarray(0, cut), false),
      serverFrame(9, ""),
      serverFrame(0, letters.subarray(cut)),
    ),
    ...["ping ", `text ${KOSME}😀`],
  ]);
}
all.push([
  "text with a letter in each fragment's every byte",
  concat(
    ...Array.from(
      letters,
      (byte, at) => serverFrame(at ? 0 : 1, Uint8Array.of(byte), at === letters.length - 1),
    ),
  ),
  `text ${KOSME}😀`,
]);
const NO_UTF8: [name: string, hex: string][] = [
  ["a half of a surrogate pair", "cebae1bdb9cf83cebcceb5 eda080 656469746564"],
  ["a letter that is cut off", "cebae1bdb9cf83cebcce"],
  ["a continuation byte alone", "80"],
  ["a letter of five bytes", "f888808080"],
  ["a letter of six bytes", "fc8480808080"],
  ["a letter beyond U+10FFFF", "f4908080"],
  ["an overlong slash", "c0af"],
  ["an overlong letter of three bytes", "e080af"],
  ["an overlong letter of four bytes", "f08080af"],
  ["an overlong NUL", "c080"],
  ["0xFE", "fe"],
  ["0xFF", "61ff62"],
  ["both halves of a surrogate pair", "eda0bdedb880"],
];
for (const [name, hex] of NO_UTF8) {
  all.push([`text with ${name}`, concat(serverFrame(1, bytes(hex)), NEXT), "fault 1007"]);
  all.push([
    `text with ${name} in its second fragment`,
    concat(serverFrame(1, "a", false), serverFrame(0, bytes(hex)), NEXT),
    "fault 1007",
  ]);
}
all.push(["binary that is no text", serverFrame(2, bytes("ff")), "binary 255"]);

all.push(
  ["a close frame", concat(closeFrame(1000, "Bye"), NEXT), "close 1000 Bye"],
  ["a message and a close frame", concat(NEXT, closeFrame(1001)), TOLD_NEXT, "close 1001 "],
  ["an empty close frame", serverFrame(8, ""), "close 1005 "],
  ["a close frame with one byte", serverFrame(8, "a"), "fault 1002"],
  [
    "a close frame with a reason of 123 bytes",
    closeFrame(1000, "*".repeat(123)),
    `close 1000 ${"*".repeat(123)}`,
  ],
  ["a close frame of 126 bytes", concat(bytes("88 7e 00 7e 03 e8"), ascii("*".repeat(124))), "fault 1002"],
  [
    "a close frame with a reason that is no text",
    closeFrame(1000, bytes("cebae1bdb9cf83cebcceb5eda080")),
    "fault 1007",
  ],
  ["a close frame with a reason in many letters", closeFrame(4000, KOSME), `close 4000 ${KOSME}`],
);
for (
  const code of [
    1000,
    1001,
    1002,
    1003,
    1007,
    1008,
    1009,
    1010,
    1011,
    1012,
    1013,
    1014,
    3000,
    3999,
    4000,
    4999,
  ]
) {
  all.push([`close code ${code}`, closeFrame(code), `close ${code} `]);
}
for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]) {
  all.push([`close code ${code}, which nobody may send`, closeFrame(code, "x"), "fault 1002"]);
}

all.push(
  [
    "a length in two bytes that takes one",
    concat(bytes("81 7e 00 7d"), ascii("*".repeat(125))),
    "fault 1002",
  ],
  [
    "a length in eight bytes that takes two",
    concat(bytes("82 7f 000000000000ffff"), ascii("x")),
    "fault 1002",
  ],
  ["a length in eight bytes that takes one", bytes("82 7f 0000000000000001 00"), "fault 1002"],
  ["a length of 64 bits", bytes("82 7f 8000000000000000"), "fault 1002"],
  ["a length of 63 bits", bytes("82 7f 7fffffffffffffff"), "fault 1009"],
  ["a length of 2^53", bytes("82 7f 0020000000000000"), "fault 1009"],
  ["a message of a byte too much", bytes("82 7f 0000000001000001"), "fault 1009"],
  ["a message of just not too much, of which nothing comes", bytes("82 7f 0000000001000000")],
);

/** After the groups 1 to 7 of the Autobahn test suite, with the limits and the lengths that this client adds. */
export const CASES: readonly ProtocolCase[] = all.map(([name, stream, ...told]) => ({ name, stream, told }));
