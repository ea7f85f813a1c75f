import config from "../deno.json" with { type: "json" };
import { importFault, packageFault, roomOf } from "./rooms.ts";

const ROOT = new URL("../", import.meta.url);
const IMPORTS: Readonly<Record<string, string>> = config.imports;
const MAX_LINES = 300;

/** Files whose output is for a person at a terminal; lib/std says what the packages it stands in for say. */
const SPEAKS = /^(main\.ts|lib\/[^/]+\/main\.ts|(bench|tests|lint|lib\/std)\/.*)$/;

/** The house rules that a program can hold: who imports whom, who reads the environment, who prints what, how long. */
const plugin: Deno.lint.Plugin = {
  name: "parley",
  rules: {
    layers: { create: layers },
    environment: { create: environment },
    "no-console": { create: noConsole },
    "log-message": { create: logMessage },
    "file-length": { create: fileLength },
  },
};

export default plugin;

/** Imports point down only, see rooms.ts. */
function layers(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const from = pathOf(context.filename);

  function judge(node: Deno.lint.Node, specifier: unknown, typeOnly: boolean): void {
    if (typeof specifier !== "string") return;
    const target = resolve(specifier, from);
    const fault = target.path !== undefined
      ? importFault(from, target.path, typeOnly)
      : packageFault(from, target.name, typeOnly);
    if (fault) context.report({ node, message: fault, hint: "DESIGN: imports point down only" });
  }

  return {
    ImportDeclaration(node) {
      const named = node.specifiers.length > 0 &&
        node.specifiers.every((each) => each.type === "ImportSpecifier" && each.importKind === "type");
      judge(node, node.source.value, node.importKind === "type" || named);
    },
    ExportNamedDeclaration(node) {
      judge(node, node.source?.value, node.exportKind === "type");
    },
    ExportAllDeclaration(node) {
      judge(node, node.source.value, node.exportKind === "type");
    },
    ImportExpression(node) {
      judge(node, literal(node.source), false);
    },
    TSImportType(node) {
      judge(node, node.argument.type === "TSLiteralType" ? literal(node.argument.literal) : undefined, true);
    },
    // A worker's file: new URL("./worker.ts", import.meta.url) or import.meta.resolve("./worker.ts").
    NewExpression(node) {
      const [url, base] = node.arguments;
      if (context.sourceCode.getText(node.callee) !== "URL" || !url || !base) return;
      if (context.sourceCode.getText(base) === "import.meta.url") judgeModule(node, literal(url));
    },
    CallExpression(node) {
      const [url] = node.arguments;
      if (context.sourceCode.getText(node.callee) === "import.meta.resolve" && url) {
        judgeModule(node, literal(url));
      }
    },
  };

  function judgeModule(node: Deno.lint.Node, specifier: unknown): void {
    if (typeof specifier === "string" && /\.[mc]?[jt]s$/.test(specifier)) judge(node, specifier, false);
  }
}

/** Only lib/config reads the environment: a variable that it does not name has no help, check or permission. */
function environment(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const room = roomOf(pathOf(context.filename));
  if (room === undefined || room === "config" || room === "own tools") return {};
  return {
    MemberExpression(node) {
      if (!/^(globalThis\.)?(Deno|process)\.env$/.test(context.sourceCode.getText(node))) return;
      context.report({ node, message: "Only lib/config reads the environment" });
    },
  };
}

/** What happens goes to the log, which has levels, fields and a test; a module run as a program may print. */
function noConsole(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  if (SPEAKS.test(pathOf(context.filename))) return {};
  return {
    MemberExpression(node) {
      if (node.object.type !== "Identifier" || node.object.name !== "console") return;
      if (context.sourceCode.getAncestors(node).some(isProgramBlock)) return;
      context.report({ node, message: "Only command-line entry points print: use the log" });
    },
  };
}

/** `if (import.meta.main) ...` */
function isProgramBlock(node: Deno.lint.Node): boolean {
  return node.type === "IfStatement" && node.test.type === "MemberExpression" &&
    node.test.object.type === "MetaProperty" && node.test.property.type === "Identifier" &&
    node.test.property.name === "main";
}

/** Messages are searched for and counted, and bring nothing of a caller into the log: what varies is a field. */
function logMessage(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  if (!/^(lib\/(?!console\/page\/)|main\.ts$)/.test(pathOf(context.filename))) return {};
  return {
    CallExpression(node) {
      const { callee, arguments: [message] } = node;
      if (callee.type !== "MemberExpression" || callee.computed || !message) return;
      if (!/(^|[.#])log\.(debug|info|warn|error)$/i.test(context.sourceCode.getText(callee))) return;
      if (
        message.type === "Literal" || (message.type === "TemplateLiteral" && message.expressions.length === 0)
      ) {
        return;
      }
      context.report({
        node: message,
        message: "A log's message is a literal: what varies goes into a field",
      });
    },
  };
}

/** A file past 300 lines holds two ideas. */
function fileLength(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  if (!/^(lib\/|personas\/|main\.ts$)/.test(pathOf(context.filename))) return {};
  return {
    Program(node) {
      const lines = context.sourceCode.getText().trimEnd().split("\n").length;
      if (lines > MAX_LINES) context.report({ node, message: `The file has ${lines} lines of ${MAX_LINES}` });
    },
  };
}

/** A file's path from the project's root. */
function pathOf(filename: string): string {
  const url = new URL(filename.replace(/^([A-Za-z]:)?\//, "file:///$1/"), ROOT).href;
  return url.startsWith(ROOT.href) ? decodeURIComponent(url.slice(ROOT.href.length)) : filename;
}

/** A specifier as a path from the project's root, or the name of a package. */
function resolve(specifier: string, from: string): { path?: string; name: string } {
  const mapped = IMPORTS[specifier];
  const local = mapped?.startsWith("./") ? new URL(mapped, ROOT) : undefined;
  const relative = /^\.{1,2}\//.test(specifier) ? new URL(specifier, new URL(from, ROOT)) : undefined;
  const url = local ?? relative;
  if (url) return { path: pathOf(url.pathname), name: specifier };
  const bare = specifier.replace(/^(npm|jsr):\/?/, "");
  return { name: /^(@[^/]+\/)?[^/@]+/.exec(bare)?.[0] ?? bare };
}

function literal(node: { type: string; value?: unknown }): unknown {
  return node.type === "Literal" ? node.value : undefined;
}
