/** Packages of the project, which the tests write. */
declare module "interop-default" {
  /** CommonJS with `__esModule`: Node and compilers disagree about its default import. */
  const value: { readonly default?: (x: number) => number } & ((x: number) => number);
  // biome-ignore lint/style/noDefaultExport: CommonJS has nothing else
  export default value;
}
declare module "commonjs-function" {
  const twice: (x: number) => number;
  // biome-ignore lint/style/noDefaultExport: CommonJS has nothing else
  export default twice;
}
declare module "uses-addon" {
  export function twice(x: number): number;
}
declare module "process-executor" {
  import type { Executor } from "fanopt";
  export function createProcessExecutor(): Executor;
  /** Whatever a value is, as text: float64 by their bits. */
  export function bitsOf(value: unknown): string;
}

/** As much of it as the cases use: Node's types have no values of it. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(options: { initial: number });
    readonly buffer: ArrayBuffer;
  }
  function instantiate(bytes: Uint8Array): Promise<{ instance: Instance }>;
}
