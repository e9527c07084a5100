/**
 * Does the task for all items, so many at a time and in their order. Rejects with the first failure; the
 * other lanes go on.
 */
export async function inLanes<T>(
  lanes: number,
  items: Iterable<T>,
  task: (item: T) => Promise<unknown>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      await task(next.value);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
