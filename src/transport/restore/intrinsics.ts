/** Objects of JavaScript itself that no global name leads to, under the names of the ECMAScript specification: the same here and on workers. */

/** An async function, a generator function and an async generator function of the realm. */
export type FunctionSamples = readonly [object, object, object];

/** Those of this realm. */
const SAMPLES: FunctionSamples = [
  async () => undefined,
  function* () {
    yield 0;
  },
  async function* () {
    yield 0;
  },
];

/** The hidden intrinsics of a realm: "%GeneratorFunction%" and the like. */
export function hiddenIntrinsics(
  realm: typeof globalThis = globalThis,
  samples: FunctionSamples = SAMPLES,
): ReadonlyMap<string, object> {
  const found = new Map<string, object>();
  const prototypeOf = (object: object) => Object.getPrototypeOf(object) as object;
  for (const [i, name] of ["AsyncFunction", "GeneratorFunction", "AsyncGeneratorFunction"].entries()) {
    const prototype = prototypeOf(samples[i]) as { constructor: object; prototype?: object };
    found.set(`%${name}%`, prototype.constructor);
    found.set(`%${name}.prototype%`, prototype);
    if (prototype.prototype !== undefined) found.set(`%${name}.prototype.prototype%`, prototype.prototype);
  }
  found.set("%TypedArray%", prototypeOf(realm.Uint8Array));
  const iterators = {
    Array: realm.Array.prototype.values.call([]),
    Map: new realm.Map().values(),
    Set: new realm.Set().values(),
    String: realm.String.prototype[Symbol.iterator].call(""),
    RegExpString: realm.RegExp.prototype[Symbol.matchAll].call(/(?:)/g, ""),
  };
  for (const [name, iterator] of Object.entries(iterators))
    found.set(`%${name}IteratorPrototype%`, prototypeOf(iterator));
  found.set("%IteratorPrototype%", prototypeOf(prototypeOf(iterators.Array)));
  const asyncGenerator = found.get("%AsyncGeneratorFunction.prototype.prototype%") as object;
  found.set("%AsyncIteratorPrototype%", prototypeOf(asyncGenerator));
  const { Iterator } = realm as { Iterator?: { from(items: object): { map(f: () => number): object } } };
  if (Iterator !== undefined) {
    found.set("%IteratorHelperPrototype%", prototypeOf(Iterator.from([]).map(() => 0)));
    found.set("%WrapForValidIteratorPrototype%", prototypeOf(Iterator.from({ next: () => ({ done: true }) })));
  }
  return found;
}
