/** Did this tab go to another system by itself before? It does so once; afterwards the person chooses. */

const name = 'idflow.silent';

/** Whether it went before; from now on it did. */
export function wentBefore(): boolean {
  try {
    const before = sessionStorage.getItem(name) !== null;
    sessionStorage.setItem(name, '1');
    return before;
  } catch {
    // A browser that keeps nothing would go again and again.
    return true;
  }
}
