/** An element of XML. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Reads what a report may be made of: elements, attributes, text. @throws where it is not well-formed */
export function parseXml(source: string): Element {
  // deno-lint-ignore no-control-regex
  const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(source);
  if (forbidden) throw new Error(`A character that XML can't hold at ${forbidden.index}`);
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  let rest = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, "");
  while (rest !== "") {
    const tag = /^<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/.exec(rest);
    const text = /^[^<]+/.exec(rest);
    if (!tag && !text) throw new Error(`No tag and no text: ${rest.slice(0, 40)}`);
    rest = rest.slice((tag ?? text)![0].length);
    const parent = open.at(-1)!;
    if (text) {
      parent.text += decoded(text[0]);
      continue;
    }
    const [, closes, name, attributes, empty] = tag!;
    if (closes) {
      if (open.pop()!.name !== name) throw new Error(`</${name}> closes another element`);
      continue;
    }
    const element: Element = { name: name!, attributes: {}, children: [], text: "" };
    for (const [, key, value] of attributes!.matchAll(/([\w-]+)="([^"]*)"/g)) {
      if (Object.hasOwn(element.attributes, key!)) throw new Error(`The attribute ${key} is there twice`);
      (element.attributes as Record<string, string>)[key!] = decoded(value!);
    }
    parent.children.push(element);
    if (!empty) open.push(element);
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error("An element is left open");
  return root.children[0]!;
}

function decoded(text: string): string {
  return text.replace(/&(#\d+|\w+);|&/g, (all, name?: string) => {
    if (name?.startsWith("#")) return String.fromCharCode(Number(name.slice(1)));
    const character = name === undefined ? undefined : ENTITIES[name];
    if (character === undefined) throw new Error(`Not an entity: ${all}`);
    return character;
  });
}
