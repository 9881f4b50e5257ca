/**
 * Maps `items` in order, starting the next one while the consumer works on the last: two results exist at a time.
 * When the consumer stops early, the one under way is waited for, so nothing it uses may be closed before.
 */
export async function* readAhead<Item, Result>(
  items: Iterable<Item>,
  read: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const pending = items[Symbol.iterator]();
  const start = (): Promise<Result> | undefined => {
    const item = pending.next();
    return item.done === true ? undefined : read(item.value);
  };
  let next = start();
  try {
    while (next !== undefined) {
      const current = await next;
      next = start();
      yield current;
    }
  } finally {
    await next?.catch(() => undefined); // Its failure is either the one that was thrown already, or of no interest any more.
  }
}
