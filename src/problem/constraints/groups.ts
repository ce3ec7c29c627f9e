/** Disjoint sets of parameters. */
export class Groups {
  readonly #parent: number[];

  constructor(size: number) {
    this.#parent = Array.from({ length: size }, (_, i) => i);
  }

  /** The smallest member of the set. */
  representative(member: number): number {
    let root = member;
    while (this.#parent[root] !== root) root = this.#parent[root];
    for (let at = member; at !== root; ) {
      const next = this.#parent[at];
      this.#parent[at] = root;
      at = next;
    }
    return root;
  }

  /** Makes one set of those of all members. */
  join(members: readonly number[]): void {
    for (const member of members.slice(1)) {
      const [a, b] = [this.representative(members[0]), this.representative(member)];
      this.#parent[Math.max(a, b)] = Math.min(a, b);
    }
  }
}
