import { expect, it } from "vitest";
import { privateMethods } from "../../../src/transport/capture/private-methods.ts";

it("methods and accessors of instances are private by their text; fields and static ones are others' business", () => {
  class Solver {
    #field = 1;
    static #shared() {
      return 2;
    }
    #step(x: number) {
      return x + this.#field;
    }
    get #size() {
      return Solver.#shared();
    }
    async *#walk() {
      yield this.#size;
    }
    run() {
      // #noted (as text)
      return [this.#step(1), this.#walk(), "#quoted()"];
    }
  }
  expect(privateMethods(Solver as never)).toEqual(["#step", "#size", "#walk"]);
  class Plain {
    text = "#none()";
  }
  expect(privateMethods(Plain as never)).toEqual([]);
  expect(privateMethods(class extends Solver {} as never)).toEqual([]);
  expect(privateMethods(function classic() {} as never)).toEqual([]);
});
