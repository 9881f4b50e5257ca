/**
 * Maps `items` in order, starting the next one while the consumer works on the last: two results exist at a time.
 * When the consumer stops early, the one under way is waited for, so nothing it uses may be closed before.
 */
export async function* readAhead<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  let next = items.length > 0 ? read(items[0]!) : undefined;
  try {
    for (let i = 1; next !== undefined; i++) {
      const current = await next;
      next = i < items.length ? read(items[i]!) : undefined;
      yield current;
    }
  } finally {
    await next?.catch(() => undefined); // Its failure is either the one thrown already, or of no interest any more.
  }
}
