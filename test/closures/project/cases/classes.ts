/** Classes: instances, classes as values, members of every form. */
import { Matrix } from "ml-matrix";
import { noteLoad } from "../note-load.ts";
import { makeCircle, makeSquare, Shape, Square } from "../shapes.ts";
import type { Case } from "../types.ts";

noteLoad("classes");

const unit = 2;
const methodName = "computedMethod";
const mark = Symbol("mark");

class Point {
  static origin = new Point(0, 0);
  static readonly made: string[] = ["first"];
  x: number;
  y = unit;

  constructor(x: number, y?: number) {
    this.x = x;
    if (y !== undefined) this.y = y;
  }

  static of(x: number): Point {
    return new Point(x);
  }

  get length(): number {
    return Math.hypot(this.x, this.y);
  }

  set length(value: number) {
    this.x = value;
    this.y = 0;
  }

  plus(other: Point): Point {
    return new Point(this.x + other.x, this.y + other.y);
  }

  [methodName](): string {
    return `computed ${this.x}`;
  }

  [mark](): number {
    return this.x * unit;
  }

  *[Symbol.iterator](): Generator<number> {
    yield this.x;
    yield this.y;
  }

  async later(): Promise<number> {
    return await Promise.resolve(this.x);
  }
}

/** Exported by the driver's own module, which never runs on a worker. */
export class Exported {
  readonly factor: number;

  constructor(factor: number) {
    this.factor = factor;
  }

  apply(x: number): number {
    return x * this.factor * unit;
  }
}

// biome-ignore lint/complexity/noStaticOnlyClass: that is the case
class Settings {
  static scale = 1;
  static nested = { level: 1 };
  static {
    Settings.scale = 2;
  }
  static scaled(x: number): number {
    // biome-ignore lint/complexity/noThisInStatic: that is the case
    return x * Settings.scale + this.nested.level;
  }
}
Settings.scale = 7;
Settings.nested.level = 3;
Object.assign(Settings, { added: "later" });

class Counter {
  #count = 0;
  readonly #step: number;

  constructor(step = unit) {
    this.#step = step;
  }

  #advance(): void {
    this.#count += this.#step;
  }

  bump(): number {
    this.#advance();
    return this.#value;
  }

  get #value(): number {
    return this.#count * 10;
  }

  static isCounter(value: object): boolean {
    return #count in value;
  }
}

class Animal {
  readonly legs: number = 4;
  says(): string {
    return "…";
  }
  static kingdom(): string {
    return "animals";
  }
}
class Dog extends Animal {
  override says(): string {
    return `wau after ${super.says()}`;
  }
}
class Puppy extends Dog {
  override readonly legs = 4.5;
  override says(): string {
    return `small ${super.says()}`;
  }
  static override kingdom(): string {
    // biome-ignore lint/complexity/noThisInStatic: that is the case
    return `young ${super.kingdom()}`;
  }
}
const puppy: Animal = new Puppy();

class Cube extends Square {
  override area(): number {
    return super.area() * 6;
  }
}
const cube: Shape = new Cube(2);

class Table extends Map<string, number> {
  readonly title: string = "table";
  total(): number {
    return [...this.values()].reduce((sum, one) => sum + one, 0);
  }
}
const filled = new Table([
  ["a", 1],
  ["b", 2.5],
]);

class Series extends Array<number> {
  unitOf = "m";
  mean(): number {
    return this.reduce((sum, one) => sum + one, 0) / this.length;
  }
}
const series = Series.from([1, 2, 6]) as Series;

class ModelError extends Error {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.name = "ModelError";
    this.code = code;
  }
  explain(): string {
    return `${this.code}: ${this.message}`;
  }
}
const modelError = new ModelError("did not converge", "E_MODEL");

const Anonymous = class {
  value = unit * 5;
};
const anonymous = new Anonymous();

function makeClass(offset: number): new (x: number) => { result(): number } {
  return class {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
    result(): number {
      return this.x + offset;
    }
  };
}
const PlusOne = makeClass(1);
const PlusTen = makeClass(10);
const plusTen = new PlusTen(1);

const mixin = <T extends new (...args: never[]) => object>(Base: T) =>
  class extends (Base as unknown as new (...args: unknown[]) => object) {
    mixed(): string {
      return `mixed into ${Base.name}`;
    }
  };
const Mixed = mixin(Animal);
const mixedAnimal = new Mixed() as Animal & { mixed(): string };

interface OldStyle {
  value: number;
  twice(): number;
}
interface OldStyleConstructor {
  new (value: number): OldStyle;
  prototype: OldStyle;
}
function OldStyleFunction(this: OldStyle, value: number): void {
  this.value = value * unit;
}
OldStyleFunction.prototype.twice = function (this: OldStyle) {
  return this.value * 2;
};
const Old = OldStyleFunction as unknown as OldStyleConstructor;
const old = new Old(3);
function YoungFunction(this: OldStyle, value: number): void {
  OldStyleFunction.call(this, value);
}
YoungFunction.prototype = Object.create(OldStyleFunction.prototype, { constructor: { value: YoungFunction } });
const Young = YoungFunction as unknown as OldStyleConstructor;
const young = new Young(4);

/** Variables that a class needs only when it is defined: V8 does not keep them for its methods. */
function makeLocal(step: number) {
  const key = `by${step}`;
  class Base {
    start(): number {
      return step;
    }
  }
  class Derived extends Base {
    [key](x: number): number {
      return this.start() + x;
    }
  }
  return new Derived() as Derived & Record<string, (x: number) => number>;
}
const local = makeLocal(2);

const point = new Point(3, 4);
const exported = new Exported(1.5);
const square = makeSquare(3);
const circle = makeCircle(2);
const matrix = new Matrix([
  [1, 2],
  [3, 4.5],
]);
const catalogue = { round: Point, list: [Counter, Animal] as const };
const bareInstance: Point = Object.create(Point.prototype);
bareInstance.x = 12;
const frozenPoint = Object.freeze(new Point(1, 2));

export const cases: readonly Case[] = [
  {
    name: "an instance of a class of the driver's module",
    fun: () => [
      point instanceof Point,
      point.constructor === Point,
      point.length,
      point.plus(Point.of(1)).x,
      { ...point },
    ],
  },
  {
    name: "members with computed names",
    fun: () => [(point as unknown as Record<string, () => string>)[methodName](), point[mark](), [...point]],
  },
  { name: "an async method of an instance", fun: async () => [await point.later()] },
  {
    name: "a setter of an instance",
    fun: (x: number) => {
      point.length = x;
      return [...point, Object.keys(point)];
    },
  },
  { name: "an instance whose class is not captured by name", fun: (x: number) => [puppy.says(), puppy.legs, x] },
  {
    name: "an instance of a class that the driver's module exports",
    fun: (x: number) => [exported.apply(x), exported instanceof Exported, new Exported(2).apply(x)],
  },
  {
    name: "an instance of an exported class of another module",
    fun: () => [square instanceof Square, square instanceof Shape, square.describe(), square.constructor === Square],
  },
  { name: "an instance of an exported class that nobody imports here", fun: (x: number) => square.area() + x },
  { name: "an instance of a class that is not exported", fun: () => [circle.describe(), circle.constructor.name] },
  { name: "such an instance is one of the exported base", fun: () => [circle instanceof Shape, circle.area()] },
  {
    name: "an instance of a class of an npm package",
    fun: () => [
      matrix.mmul(matrix).to2DArray(),
      matrix instanceof Matrix,
      Matrix.isMatrix(matrix),
      matrix.rows,
      matrix.add(Matrix.eye(2)).get(1, 1),
    ],
  },
  {
    name: "a chain of subclasses",
    fun: () => [puppy instanceof Puppy, puppy instanceof Dog, puppy instanceof Animal, puppy.says(), Puppy.kingdom()],
  },
  {
    name: "a subclass of an imported class",
    fun: () => [cube instanceof Cube, cube instanceof Square, cube.area(), cube.describe(), new Cube(1).area()],
  },
  {
    name: "a subclass of Map",
    fun: () => [filled instanceof Table, filled instanceof Map, filled.total(), filled.title, filled.size],
  },
  {
    name: "a subclass of Array",
    fun: () => [
      series instanceof Series,
      Array.isArray(series),
      series.mean(),
      series.unitOf,
      series.map((one) => one * 2) instanceof Series,
      series.length,
    ],
  },
  {
    name: "a subclass of Error",
    fun: () => [
      modelError instanceof ModelError,
      modelError instanceof Error,
      modelError.explain(),
      modelError.name,
      String(modelError),
      Object.keys(modelError),
    ],
  },
  {
    name: "a subclass of Error thrown and caught in the criterion",
    fun: () => {
      try {
        throw new ModelError("inside", "E_INSIDE");
      } catch (error) {
        return [error instanceof ModelError, (error as ModelError).explain()];
      }
    },
  },
  {
    name: "static members, changed after the definition",
    fun: (x: number) => [Settings.scaled(x), Settings.scale, (Settings as unknown as { added: string }).added],
  },
  {
    name: "static members that hold instances",
    fun: () => [Point.origin instanceof Point, Point.origin.length, Point.made],
  },
  {
    name: "private methods and fields of an instance made in the criterion",
    fun: () => {
      const counter = new Counter();
      counter.bump();
      return [counter.bump(), Counter.isCounter(counter), Counter.isCounter({})];
    },
  },
  {
    name: "classes as values",
    fun: (x: number) => {
      const [First, Second] = catalogue.list;
      return [new catalogue.round(x).x, new First(3).bump(), new Second().legs, catalogue.round === Point];
    },
  },
  { name: "a class without a name", fun: () => [anonymous.value, new Anonymous().value, Anonymous.name] },
  {
    name: "two classes of one text",
    fun: (x: number) => [
      new PlusOne(x).result(),
      new PlusTen(x).result(),
      plusTen.result(),
      plusTen instanceof PlusTen,
      plusTen instanceof PlusOne,
    ],
  },
  {
    name: "a class whose superclass is captured",
    fun: () => [mixedAnimal.mixed(), mixedAnimal.legs, mixedAnimal instanceof Animal, mixedAnimal instanceof Mixed],
  },
  { name: "a subclass of a class in a function", fun: () => local.start() },
  { name: "a computed name of a class in a function", fun: (x: number) => local.by2(x) },
  {
    name: "constructors of the old style",
    fun: () => [old.twice(), old instanceof Old, new Old(5).twice(), old.constructor === Old],
  },
  {
    name: "inheritance of the old style",
    fun: () => [young.twice(), young instanceof Young, young instanceof Old, young.constructor === Young],
  },
  { name: "an instance that no constructor made", fun: () => [bareInstance instanceof Point, bareInstance[mark]()] },
  { name: "a frozen instance", fun: () => [Object.isFrozen(frozenPoint), frozenPoint.length] },
  { name: "the names of classes", fun: () => [Point.name, Puppy.name, puppy.constructor.name, Point.length] },
];
