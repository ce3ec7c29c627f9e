/** What is said about code that cannot be taken to another process. */
import type { Obstacle } from "./function-code.ts";
import type { Reason } from "./refusal.ts";

const REASONS: Readonly<Record<Obstacle["kind"], (text: string) => Reason>> = {
  "outer-this": () => ({
    why: "is an arrow function that uses the `this` of the function around it, which a worker does not have",
    remedy: "Take what it needs into a variable before (const { scale } = this) and use that.",
  }),
  "outer-arguments": () => ({
    why: "is an arrow function that uses the `arguments` of the function around it, which a worker does not have",
    remedy: "Name them: use rest parameters (...args) in the function around it.",
  }),
  "outer-new-target": () => ({
    why: "is an arrow function that uses the `new.target` of the function around it, which a worker does not have",
    remedy: "Take it into a variable before.",
  }),
  super: () => ({
    why: "uses `super`, which is lost when a method is copied without its object",
    remedy: "Make it a method of a class, or call the other object's method by name.",
  }),
  "private-name": (text) => ({
    why: `uses ${text}, which only code inside its class can`,
    remedy:
      "Capture the class and make the instance inside the criterion, or export the class from a module of its own.",
  }),
  "import-meta": (text) => ({
    why: `uses ${text}, which is the place of a file that workers do not have`,
    remedy:
      "Read the file outside and capture what is in it, or put this code into a module that the criterion imports.",
  }),
  "file-name": (text) => ({
    why: `uses ${text}, which is the place of a file that workers do not have`,
    remedy:
      "Read the file outside and capture what is in it, or put this code into a module that the criterion imports.",
  }),
  "direct-eval": () => ({
    why: "calls eval, so that nobody can tell which variables it uses",
    remedy: "Write the code out, or use new Function(…), which sees no variables around it.",
  }),
  "computed-import": (text) => ({
    why: `imports what is only known when it runs: ${text}`,
    remedy: 'Write the module\'s name out: import("./model.ts"); or import it at the top.',
  }),
  with: () => ({
    why: "uses the `with` statement, so that nobody can tell which variables it uses",
    remedy: "Write the object's name before its properties.",
  }),
  "static-private": (text) => ({
    why: `has the static private field ${text}, whose present value cannot be read`,
    remedy: "Export the class from a module of its own, or keep the value in a variable beside the class.",
  }),
};

/** Why the code cannot travel, and what to do instead. */
export function reasonOf({ kind, text }: Obstacle): Reason {
  return REASONS[kind](text);
}
