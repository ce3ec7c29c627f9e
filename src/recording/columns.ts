type Numbers = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/**
 * A typed array that grows by half when it is full: at most a third of it is unused, and appending costs constant time
 * on average. Growing copies, so views handed out earlier stay valid and keep their length.
 */
export class Column<A extends Numbers> {
  #data: A;
  #length = 0;
  readonly #allocate: (length: number) => A;

  constructor(allocate: (length: number) => A) {
    this.#allocate = allocate;
    this.#data = allocate(0);
  }

  get length(): number {
    return this.#length;
  }

  /** View of the first `length` numbers: shares memory with the column. */
  get view(): A {
    return this.#data.subarray(0, this.#length) as A;
  }

  at(i: number): number {
    return this.#data[i];
  }

  push(value: number): void {
    this.#reserve(this.#length + 1);
    this.#data[this.#length++] = value;
  }

  pushAll(values: ArrayLike<number>): void {
    this.#reserve(this.#length + values.length);
    this.#data.set(values, this.#length);
    this.#length += values.length;
  }

  /** A copy of `length` numbers from `start`. */
  slice(start: number, length: number): A {
    return this.#data.slice(start, start + length) as A;
  }

  #reserve(length: number): void {
    if (length <= this.#data.length) return;
    const grown = this.#allocate(Math.max(length, Math.ceil(this.#data.length * 1.5), 16));
    grown.set(this.view);
    this.#data = grown;
  }
}

export function float64Column(): Column<Float64Array<ArrayBuffer>> {
  return new Column((length) => new Float64Array(length));
}

export function int32Column(): Column<Int32Array<ArrayBuffer>> {
  return new Column((length) => new Int32Array(length));
}

/** Equal strings share one object: a column of a million worker names costs its pointers only. */
export class StringColumn<S extends string | null> {
  readonly #values: S[] = [];
  readonly #known = new Map<S, S>();

  /** The column itself: grows with it. */
  get view(): readonly S[] {
    return this.#values;
  }

  push(value: S): void {
    const known = this.#known.get(value);
    if (known === undefined) this.#known.set(value, value);
    this.#values.push(known ?? value);
  }
}
