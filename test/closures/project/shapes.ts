export class Shape {
  static readonly sides: number = 0;
  readonly label: string;

  constructor(label: string) {
    this.label = label;
  }

  area(): number {
    return 0;
  }

  describe(): string {
    return `${this.label} of ${this.area()}`;
  }
}

export class Square extends Shape {
  static override readonly sides = 4;
  readonly side: number;

  constructor(side: number) {
    super("square");
    this.side = side;
  }

  override area(): number {
    return this.side ** 2;
  }
}

/** Not exported: who has an instance has it only. */
class Circle extends Shape {
  readonly radius: number;

  constructor(radius: number) {
    super("circle");
    this.radius = radius;
  }

  override area(): number {
    return Math.PI * this.radius ** 2;
  }
}

export function makeSquare(side: number): Shape {
  return new Square(side);
}

export function makeCircle(radius: number): Shape {
  return new Circle(radius);
}
