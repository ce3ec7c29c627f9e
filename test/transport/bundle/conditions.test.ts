import { expect, it } from "vitest";
import { conditions } from "../../../src/transport/bundle/conditions.ts";

it.each<[string[], string, string[]]>([
  [[], "", []],
  [["-C", "a", "--conditions=b"], "", ["a", "b"]],
  [["--import", "x", "--conditions", "a"], "--conditions=c  -C d", ["c", "d", "a"]],
  [["-C=a", "--conditions"], "-C a", ["a"]],
])("conditions of %j and NODE_OPTIONS %j", (execArgv, nodeOptions, custom) => {
  expect(conditions(execArgv, nodeOptions)).toEqual(["node", "module-sync", ...custom]);
});
