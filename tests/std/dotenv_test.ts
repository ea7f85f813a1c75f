import { assertEquals } from "@std/assert";
import { parse } from "@std/dotenv";

const RULES: [rule: string, text: string, expected: Record<string, string>][] = [
  ["a plain value", "A=b", { A: "b" }],
  ["blanks around key and value", "  A =  b  ", { A: "b" }],
  ["an empty value", "A=\nB=", { A: "", B: "" }],
  ["a comment line and a comment after a value", "# A=1\nB=2 # two\nC=3#three", { B: "2", C: "3" }],
  ["an = in the value", "A=b=c==", { A: "b=c==" }],
  ["export in front", "export A=b", { A: "b" }],
  ["the last of two wins", "A=1\nA=2", { A: "2" }],
  ["the last of two wins, also over a value that would expand", "B=1\nA=$B\nA='$B'", { A: "$B", B: "1" }],
  ["single quotes are literal", String.raw`A='a\n"b" # $C'`, { A: String.raw`a\n"b" # $C` }],
  ["double quotes keep blanks and #", 'A="  a # b  " # c', { A: "  a # b  " }],
  ["double quotes decode line breaks and tabs", String.raw`A="a\nb\r\tc"`, { A: "a\nb\r\tc" }],
  ["double quotes decode quotes and backslashes", String.raw`A="say \"hi\" \\n"`, {
    A: String.raw`say "hi" \n`,
  }],
  ["double quotes keep other escapes", String.raw`A="a\qb\$C"`, { A: String.raw`a\qb\$C` }],
  ["double quotes may span lines", 'A="a\nb"\nC=d', { A: "a\nb", C: "d" }],
  ["line breaks beside the quotes are dropped", "A=\"\na\n\"\nB='\nb\n'", { A: "a", B: "b" }],
  ["no decoding without quotes", String.raw`A=a\nb`, { A: String.raw`a\nb` }],
  ["backticks are kept", "A=`tick`", { A: "`tick`" }],
  ["JSON", `A='{"b":"c"}'\nD={"e":1}`, { A: '{"b":"c"}', D: '{"e":1}' }],
  ["Windows line ends", "A=1\r\nB='2'\r\nC=\"3\"\r\n", { A: "1", B: "2", C: "3" }],
  ["$ and ${} expand without quotes", "A=1\nB=$A\nC=x${A}y", { A: "1", B: "1", C: "x1y" }],
  ["expansion sees later lines and expands again", "A=$B\nB=${C}\nC=1", { A: "1", B: "1", C: "1" }],
  ["no expansion in quotes", "A=1\nB=\"$A\"\nC='${A}'", { A: "1", B: "$A", C: "${A}" }],
  ["an escaped $ stays, with its backslash", String.raw`A=\$B`, { A: String.raw`\$B` }],
  ["a default counts when there is no value", "A=${NOPE_A:-d}\nB=$NOPE_B:-e", { A: "d", B: "e" }],
  ["a default does not count when there is one", "B=1\nA=${B:-d}", { A: "1", B: "1" }],
  ["a default expands", "B=1\nA=${NOPE_A:-$B}", { A: "1", B: "1" }],
  ["an unclosed quote is an unquoted value", 'A="b\nC=d', { A: '"b', C: "d" }],
];

Deno.test.each(RULES)("parse() reads %s", (_rule, text, expected) => {
  assertEquals(parse(text), expected);
});

Deno.test("parse() expands from the environment", () => {
  Deno.env.set("PARLEY_DOTENV_TEST", "outside");
  try {
    assertEquals(parse("A=$PARLEY_DOTENV_TEST\nB=${PARLEY_DOTENV_TEST:-d}"), { A: "outside", B: "outside" });
  } finally {
    Deno.env.delete("PARLEY_DOTENV_TEST");
  }
});

Deno.test("parse() ends for values that refer to each other", () => {
  assertEquals(parse("A_LOOP=$B_LOOP\nB_LOOP=${A_LOOP}x"), { A_LOOP: "x", B_LOOP: "x" });
});

Deno.test("parse() leaves out a key that is no identifier, with a warning", () => {
  const warnings: unknown[] = [];
  const { warn } = console;
  console.warn = (...parts: unknown[]) => warnings.push(parts.join(" "));
  try {
    assertEquals(parse("1BAD=x\nGOOD=y\nbad-key=z"), { GOOD: "y" });
  } finally {
    console.warn = warn;
  }
  assertEquals(warnings.length, 2);
});
