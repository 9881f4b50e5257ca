import { createHash } from "node:crypto";
import { InputError } from "../../errors.js";
import type { Item } from "./item.js";
import { seededRandom, shuffled } from "../../tensor/random.js";

/** Which questions of a data set to ask. */
export interface Selection {
  /** At most this many questions (whole groups where scores need them, so it may be a few more); null for all. */
  readonly limit: number | null;
  /** Draws the subset at random; null takes the first ones. */
  readonly seed: number | null;
}

/** Shard `index` of `count`, from 0; images are dealt out in turn. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Whether there are other shards beside it. */
export const isPart = (shard: Shard | null): boolean => shard !== null && shard.count > 1;

export const EVERYTHING: Selection = { limit: null, seed: null };

/**
 * Row numbers that are asked, ascending.
 *
 * @throws InputError for a limit below 1 or a seed without a limit
 */
export function selectRows(
  items: readonly Item<unknown>[],
  { limit, seed }: Selection,
  options: { wholeGroups: boolean },
): number[] {
  if (limit === null) {
    if (seed !== null) throw new InputError("--seed draws a random subset and needs --limit, which says how large");
    return items.map((_, row) => row);
  }
  if (!Number.isInteger(limit) || limit < 1)
    throw new InputError(`--limit ${limit}: a whole number from 1 was expected`);
  const units = gather(items, (item, row) => (options.wholeGroups ? item.group : String(row)));
  const ordered = seed === null ? units : shuffled(units, seededRandom(seed));
  const rows: number[] = [];
  for (const unit of ordered) {
    if (rows.length >= limit) break;
    for (const row of unit) rows.push(row);
  }
  return rows.sort((a, b) => a - b);
}

/** Rows by image, images in the order in which they first occur; a question without one stands alone. */
export function rowsByImage(items: readonly Item<unknown>[], rows: readonly number[]): number[][] {
  const names = new Map<string, number[]>();
  for (const row of rows) {
    const item = items[row]!;
    const name = item.image === null ? `question ${item.key}` : `image ${item.image.key}`;
    const list = names.get(name);
    if (list === undefined) names.set(name, [row]);
    else list.push(row);
  }
  return [...names.values()];
}

/**
 * The images of one shard.
 *
 * @throws InputError when the shard is not one of its count
 */
export function shardOf<T>(images: readonly T[], { index, count }: Shard): T[] {
  if (!Number.isInteger(count) || !Number.isInteger(index) || count < 1 || index < 0 || index >= count) {
    throw new InputError(`--shard ${index}/${count}: expected I/N with I from 0 to N - 1`);
  }
  return images.filter((_, position) => position % count === index);
}

/** Hash of the keys of the questions asked, so that two results can be told to rest on the same questions. */
export function hashQuestions(items: readonly Item<unknown>[], rows: readonly number[]): string {
  const hash = createHash("sha256");
  for (const row of rows) hash.update(`${items[row]!.key}\0`);
  return hash.digest("hex");
}

function gather(items: readonly Item<unknown>[], nameOf: (item: Item<unknown>, row: number) => string): number[][] {
  const units = new Map<string, number[]>();
  items.forEach((item, row) => {
    const name = nameOf(item, row);
    const unit = units.get(name);
    if (unit === undefined) units.set(name, [row]);
    else unit.push(row);
  });
  return [...units.values()];
}
