import type { SourcePosition } from "./captured-code.ts";
import { inside, property, type ValuePath } from "./path.ts";

/** One step further: a property, an element, or words. */
type Step = { readonly key: string | number } | { readonly words: string };

/** Steps at either end that a message has room for. */
const SHOWN_STEPS = 6;

/** A path whose text is made when it is needed: most values are captured without a message. */
export class LazyPath implements ValuePath {
  readonly position: SourcePosition | null;
  readonly #parent: ValuePath;
  readonly #step: Step;

  constructor(parent: ValuePath, step: Step) {
    this.position = parent.position;
    this.#parent = parent;
    this.#step = step;
  }

  get text(): string {
    const steps: Step[] = [];
    let root: ValuePath = this;
    while (root instanceof LazyPath) {
      steps.push(root.#step);
      root = root.#parent;
    }
    steps.reverse();
    if (steps.length <= 2 * SHOWN_STEPS) return steps.reduce(further, root).text;
    const head = steps.slice(0, SHOWN_STEPS).reduce(further, root);
    return steps.slice(-SHOWN_STEPS).reduce(further, { text: `${head.text} … `, position: null }).text;
  }
}

function further(path: ValuePath, step: Step): ValuePath {
  return "key" in step ? property(path, step.key) : inside(path, step.words);
}
