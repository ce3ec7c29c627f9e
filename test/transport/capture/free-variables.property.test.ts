import fc from "fast-check";
import { expect, test } from "vitest";
import { marked } from "./marked.ts";

const NAMES = ["a", "b", "c", "d"];

const name = fc.constantFrom(...NAMES);

/** Reads a name, whatever it means there: one that has no value yet throws. */
const read = name.map((a) => `(() => { try { return ${a}; } catch {} })()`);

const simple = fc.oneof(
  read.map((expression) => `${expression};`),
  name.map((a) => `try { ${a} = 1; } catch {}`),
  name.map((a) => `try { ${a}++; } catch {}`),
  name.map((a) => `try { [${a}] = [1]; } catch {}`),
  name.map((a) => `try { ({ ${a} } = { ${a}: 1 }); } catch {}`),
  name.map((a) => `try { for (${a} of [1]); } catch {}`),
  name.map((a) => `try { ({ ${a} }); } catch {}`),
  name.map((a) => `({ ${a}: 1 }).${a};`),
  name.map((a) => `${a}: for (;;) break ${a};`),
  name.map((a) => `try { typeof ${a}; } catch {}`),
  name.map((a) => `try { \`\${${a}}\`; } catch {}`),
  fc.tuple(fc.constantFrom("let", "const", "var"), name, read).map(([kind, a, value]) => `${kind} ${a} = ${value};`),
  fc
    .tuple(fc.constantFrom("let", "const", "var"), name, name, read)
    .map(([kind, a, b, value]) => `${kind} { x: ${a} = ${value}, ...${b} } = {};`),
);

/** Statements all of which run, so that each use of a name happens. */
const { body } = fc.letrec<{ body: string; statement: string; nested: string }>((tie) => ({
  body: fc.array(tie("statement"), { maxLength: 4 }).map((statements) => statements.join(" ")),
  statement: fc.oneof({ maxDepth: 4, withCrossShrink: true }, simple, tie("nested")),
  nested: fc.oneof(
    tie("body").map((inner) => `{ ${inner} }`),
    tie("body").map((inner) => `(() => { ${inner} })();`),
    fc.tuple(name, read, tie("body")).map(([a, value, inner]) => `((${a} = ${value}) => { ${inner} })();`),
    fc
      .tuple(name, name, read, tie("body"))
      .map(([a, b, value, inner]) => `(({ ${a}, x: [${b}] = [${value}] } = {}) => { ${inner} })();`),
    fc.tuple(name, name, tie("body")).map(([a, b, inner]) => `(function ${a}(...${b}) { ${inner} })();`),
    fc
      .tuple(name, tie("body"), tie("body"))
      .map(([a, inner, after]) => `{ function ${a}() { ${inner} } try { ${a}(); } catch {} ${after} }`),
    fc
      .tuple(name, tie("body"), tie("body"))
      .map(
        ([a, inner, fixed]) => `{ const made = class ${a} { m() { ${inner} } static { ${fixed} } }; new made().m(); }`,
      ),
    fc
      .tuple(name, read, read)
      .map(([a, key, value]) => `{ class ${a} { [${key}] = ${value}; } try { new ${a}(); } catch {} }`),
    fc.tuple(name, tie("body")).map(([a, inner]) => `try { throw { ${a}: 1 }; } catch ({ ${a} }) { ${inner} }`),
    fc.tuple(name, tie("body")).map(([a, inner]) => `try { throw 1; } catch (${a}) { ${inner} }`),
    fc.tuple(name, tie("body")).map(([a, inner]) => `for (let ${a} = 0; ${a} < 1; ${a} = 1) { ${inner} }`),
    fc.tuple(name, tie("body")).map(([a, inner]) => `for (const ${a} of [1]) { ${inner} }`),
    fc.tuple(name, tie("body")).map(([a, inner]) => `switch (1) { case 1: let ${a} = 1; ${inner} }`),
  ),
}));

const root = fc.oneof(
  body.map((inner) => `const f = /*@*/() => { "use strict"; ${inner} };`),
  fc.tuple(name, body).map(([a, inner]) => `const f = function ${a}/*@*/() { "use strict"; ${inner} };`),
  body.map((inner) => `const o = { m/*@*/() { "use strict"; ${inner} } };`),
);

/** What the made function really looks up and assigns in the scope around it: JavaScript's own answer. */
function lookedUp(made: string): { names: string[]; written: string[] } | null {
  const names = new Set<string>();
  const written = new Set<string>();
  const scope = new Proxy(
    {},
    {
      has(_, key) {
        if (!NAMES.includes(String(key))) return false;
        names.add(String(key));
        return true;
      },
      get: (_, key) => (key === Symbol.unscopables ? undefined : 1),
      set(_, key) {
        written.add(String(key));
        return true;
      },
    },
  );
  let run: (scope: object) => void;
  try {
    run = new Function("scope", `with (scope) { return (${made})(); }`) as typeof run;
  } catch {
    // Two declarations of a name in one scope.
    return null;
  }
  run(scope);
  return { names: [...names].sort(), written: [...written].sort() };
}

test("the free variables are those that JavaScript looks up around the function", () => {
  fc.assert(
    fc.property(root, (text) => {
      fc.pre(compiles(text));
      const { made, code, names } = marked(text);
      const written = code.references.filter(({ isWritten }) => isWritten).map((reference) => reference.name);
      expect({ names, written: written.sort() }).toEqual(lookedUp(made));
    }),
    { numRuns: 1000, maxSkipsPerRun: 1000 },
  );
});

function compiles(text: string): boolean {
  try {
    new Function(`"use strict"; ${text}`);
    return true;
  } catch {
    return false;
  }
}
