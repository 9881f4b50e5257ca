/**
 * Maps values in order with up to `depth` of them in work ahead of the one that is used. An error is thrown when its
 * value's turn comes.
 */
export async function* mapAhead<In, Out>(
  values: readonly In[],
  depth: number,
  work: (value: In) => Promise<Out>,
): AsyncGenerator<readonly [In, Out]> {
  const pending: Promise<Out>[] = [];
  const start = (index: number): void => {
    if (index >= values.length) return;
    const promise = work(values[index]!);
    promise.catch(() => undefined); // Thrown when awaited below.
    pending.push(promise);
  };
  for (let index = 0; index < depth; index += 1) start(index);
  for (let index = 0; index < values.length; index += 1) {
    const result = await pending.shift()!;
    start(index + depth);
    yield [values[index]!, result];
  }
}
