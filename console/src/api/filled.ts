/**
 * A page of a list that is not empty while there is more. The server may cut a page before it drops what a filter leaves out: an
 * empty one with a `next` says that nothing was among those looked at, and not that nothing is there.
 */
export interface PageOf<I> {
  items: I[];
  next?: string;
  total?: number;
}

/** Calls that one page may take; with pages that grow, that is a thousand things looked at. Lists are asked again and again. */
export const mostCalls = 5;
/** The most that the server takes for a page. */
const largest = 500;

/** Reads the page behind `cursor`, and goes on while it is empty. One that is empty still, with a `next`, is as far as this looks. */
export async function filled<I>(
  ask: (cursor: string | undefined, limit: number) => Promise<PageOf<I>>,
  cursor: string | undefined,
  limit: number,
): Promise<PageOf<I>> {
  const first = await ask(cursor, limit);
  let page = first;
  let size = limit;
  for (let calls = 1; calls < mostCalls && page.items.length === 0 && page.next; calls += 1) {
    size = Math.min(size * 2, largest);
    // oxlint-disable-next-line no-await-in-loop -- each begins where the one before ended
    page = await ask(page.next, size);
  }
  return page === first ? page : { ...page, ...(first.total === undefined ? {} : { total: first.total }) };
}
