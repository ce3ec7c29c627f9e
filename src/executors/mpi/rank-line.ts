import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";

/** What takes so long is not short, whatever was expected. */
const SLOW_MS = 20;

/** A chunk, until somebody is told of its end. */
export interface Chunk {
  readonly request: ChunkRequest;
  readonly isShort: boolean;
  readonly onStart: () => void;
  readonly resolve: (reply: ChunkReply) => void;
  readonly reject: (error: unknown) => void;
  /** Where it is; undefined while it waits, and when it has ended. */
  place: Place | undefined;
}

/** A chunk on a rank, until the rank answers. */
export interface Place {
  readonly id: number;
  readonly line: RankLine;
  readonly chunk: Chunk;
  /** When it was the first one of its rank, by the answer to the one before it. */
  begunMs: number;
  /** When the rank was told that nobody waits for it there. */
  droppedMs?: number;
}

/** What one rank has: a chunk that it evaluates, and perhaps another one behind it. */
export class RankLine {
  readonly rank: number;
  readonly #places: Place[] = [];

  constructor(rank: number) {
    this.rank = rank;
  }

  get length(): number {
    return this.#places.length;
  }

  /** The one that is evaluated. */
  get first(): Place | undefined {
    return this.#places[0];
  }

  /** The one behind it, if somebody waits for it. */
  get second(): Place | undefined {
    const second = this.#places.at(1);
    return second?.droppedMs === undefined ? second : undefined;
  }

  /** Whether it does nothing that anybody waits for, and takes nothing else. */
  get isLost(): boolean {
    return this.first?.droppedMs !== undefined;
  }

  get isSlow(): boolean {
    return this.first !== undefined && performance.now() - this.first.begunMs > SLOW_MS;
  }

  add(id: number, chunk: Chunk): void {
    const place = { id, line: this, chunk, begunMs: 0 };
    chunk.place = place;
    this.#places.push(place);
    if (this.length === 1) this.#begin();
  }

  /** The rank has answered. Returns the chunk if somebody waits for it. */
  remove(id: number): Chunk | undefined {
    const index = this.#places.findIndex((place) => place.id === id);
    if (index < 0) return undefined;
    const [{ chunk, droppedMs }] = this.#places.splice(index, 1);
    if (index === 0) this.#begin();
    if (droppedMs !== undefined) return undefined;
    chunk.place = undefined;
    return chunk;
  }

  /** Nobody waits for it here any more. */
  drop(place: Place): void {
    place.droppedMs = performance.now();
    place.chunk.place = undefined;
  }

  /** All chunks that somebody waits for. */
  clear(): Chunk[] {
    const places = this.#places.splice(0).filter(({ droppedMs }) => droppedMs === undefined);
    for (const { chunk } of places) chunk.place = undefined;
    return places.map(({ chunk }) => chunk);
  }

  #begin(): void {
    const { first } = this;
    if (first === undefined) return;
    first.begunMs = performance.now();
    // What was dropped before may have begun in the meantime: from now on it counts as hanging.
    if (first.droppedMs === undefined) first.chunk.onStart();
    else first.droppedMs = first.begunMs;
  }
}
