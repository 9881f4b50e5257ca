import { seededRandom } from "../../dist/src/tensor/random.js";

/** Choices that are the same for the same seed. */
export class Chooser {
  /** @param {number} seed any whole number */
  constructor(seed) {
    this.next = seededRandom(seed);
  }

  /** A whole number from 0 to `count` - 1. */
  below(count) {
    return Math.floor(this.next() * count);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  chance(probability) {
    return this.next() < probability;
  }

  /** As many results of `make` as asked for. */
  many(count, make) {
    return Array.from({ length: count }, (_, at) => make(at));
  }

  /** One of several ways, each a function. */
  way(...ways) {
    return this.pick(ways)();
  }
}
