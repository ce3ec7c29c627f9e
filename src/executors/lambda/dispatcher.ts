/** The queue of an executor: tasks wait here for a place, alone or in groups. */
import type { Grouping } from "./grouping.ts";
import type { Task } from "./task.ts";

/** A request carries 6 MB; the artifact may take all but this of it. */
const MAX_GROUP_CHARACTERS = 200_000;

export class Dispatcher {
  readonly #grouping: Grouping;
  readonly #launch: (tasks: readonly Task[]) => void;
  readonly #takePlace: () => boolean;
  #queue: Task[] = [];
  /** Where the queue begins. */
  #head = 0;
  #isScheduled = false;
  readonly #limit: () => number;

  /**
   * @param takePlace takes a place for an invocation, if there is one.
   * @param limit how many invocations may be in flight.
   * @param launch sends tasks; it has their place.
   */
  constructor(
    grouping: Grouping,
    takePlace: () => boolean,
    limit: () => number,
    launch: (tasks: readonly Task[]) => void,
  ) {
    this.#grouping = grouping;
    this.#takePlace = takePlace;
    this.#limit = limit;
    this.#launch = launch;
  }

  add(task: Task): void {
    this.#queue.push(task);
    this.schedule();
  }

  /** Tasks that were sent before go before all others. */
  addFirst(tasks: readonly Task[]): void {
    this.#queue = [...tasks, ...this.#queue.slice(this.#head)];
    this.#head = 0;
    this.schedule();
  }

  /** Sends what there are places for, when all that is submitted now is in the queue. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    for (;;) {
      const first = this.#peek();
      if (first === undefined) return;
      if (!this.#takePlace()) return;
      this.#launch(this.#takeGroup(first));
    }
  }

  /** The first task that has not ended; undefined: none waits. */
  #peek(): Task | undefined {
    while (this.#head < this.#queue.length && this.#queue[this.#head].state === "ended") this.#head += 1;
    if (this.#head < this.#queue.length) return this.#queue[this.#head];
    this.#queue = [];
    this.#head = 0;
    return undefined;
  }

  /** The first task, and as many after it as share its invocation. */
  #takeGroup(first: Task): Task[] {
    const { hash } = first.delivery;
    const most = first.isAlone ? 1 : this.#grouping.size(hash, this.#queue.length - this.#head, this.#limit());
    const group: Task[] = [];
    let characters = 0;
    while (group.length < most && this.#head < this.#queue.length) {
      const task = this.#queue[this.#head];
      if (task.state !== "ended") {
        characters += task.text.length;
        if (group.length > 0 && (!task.sharesWith(first) || characters > MAX_GROUP_CHARACTERS)) break;
        group.push(task);
      }
      this.#head += 1;
    }
    this.#forgetSent();
    return group;
  }

  /** Sent tasks are not kept, however long the queue is. */
  #forgetSent(): void {
    if (this.#head < 1024 || this.#head < this.#queue.length / 2) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}
