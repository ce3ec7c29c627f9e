import { expect, it } from "vitest";
import { privateMethods } from "../../../src/transport/capture/private-methods.ts";

it("private methods and accessors that public methods call; fields and static ones are others' business", () => {
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
    #unused() {
      return this.#step(2);
    }
    constructor() {
      this.#unused();
    }
    run() {
      // #noted (as text)
      return [this.#step(1), this.#walk(), this.#size, "#quoted()"];
    }
  }
  expect(privateMethods(Solver as never)).toEqual(expect.arrayContaining(["#step", "#size", "#walk"]));
  expect(privateMethods(Solver as never)).toHaveLength(3);
  class Plain {
    text = "#none()";
  }
  expect(privateMethods(Plain as never)).toEqual([]);
  expect(privateMethods(class extends Solver {} as never)).toEqual([]);
  expect(privateMethods(function classic() {} as never)).toEqual([]);
});
