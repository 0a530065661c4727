/** Do nodes stand beside each other, and before what comes after them, in small and in large pictures? */
import { expect, test } from 'vitest';

import { type GraphEdge, linesOf, place } from './placing.ts';

const chains = (many: number, long: number) => {
  const ids = ['on'];
  const edges: GraphEdge[] = [];
  for (let n = 0; n < many * long; n += 1) {
    ids.push(`s${n}`);
    edges.push({ from: n % long === 0 ? 'on' : `s${n - 1}`, to: `s${n}` });
  }
  return { ids, edges };
};

/** Every node with some others before it, the same each time. */
const tangle = (many: number) => {
  const ids = Array.from({ length: many }, (_, n) => `n${n}`);
  const edges = ids.flatMap((to, n) =>
    [1, 2, 3].flatMap((k) => {
      const from = n - ((n * 7 + k * 5) % 23) - 1;
      return from >= 0 ? [{ from: `n${from}`, to }] : [];
    }),
  );
  return { ids, edges };
};

const pictures: [string, { ids: string[]; edges: GraphEdge[] }][] = [
  ['a few', chains(3, 4)],
  ['twenty chains of ten', chains(20, 10)],
  ['a tangle', tangle(150)],
  ['many side by side', chains(120, 1)],
];

test.each(pictures.flatMap(([name, picture]) => [true, false].map((down) => [name, down, picture] as const)))(
  '%s, downwards: %s',
  (_, down, { ids, edges }) => {
    const { places, width, height } = place(ids, edges, down);
    const all = [...places.values()];
    expect(all.length).toBe(ids.length);
    const close = all.flatMap((a, n) =>
      all.slice(n + 1).filter((b) => Math.abs(a.x - b.x) < 158 - 0.01 && Math.abs(a.y - b.y) < 98 - 0.01),
    );
    expect(close).toEqual([]);
    const back = edges.filter(({ from, to }) => {
      const [a, b] = [places.get(from), places.get(to)];
      return !a || !b || (down ? b.y < a.y + 98 : b.x < a.x + 158);
    });
    expect(back).toEqual([]);
    for (const { x, y } of all) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(-0.01);
      expect(x + 158).toBeLessThanOrEqual(width + 0.01);
      expect(y + 98).toBeLessThanOrEqual(height + 0.01);
    }
  },
);

test('a chain is a straight line, and chains do not cross', () => {
  const { ids, edges } = chains(20, 10);
  const { places } = place(ids, edges, false);
  const bent = edges.filter(({ from, to }) => {
    const [a, b] = [places.get(from), places.get(to)];
    return from !== 'on' && Math.abs((a?.y ?? 0) - (b?.y ?? 1)) > 0.01;
  });
  expect(bent).toEqual([]);
});

test('a circle, a step before itself and one that is not there end nothing', () => {
  const { ids, edges } = chains(20, 10);
  const wrong = [...edges, { from: 's9', to: 's0' }, { from: 's4', to: 's4' }, { from: 's1', to: 'nobody' }];
  const placed = place([...ids, 'a', 'b'], [...wrong, { from: 'a', to: 'b' }, { from: 'b', to: 'a' }], false);
  expect(placed.places.size).toBe(203);
  const { lines, heads } = linesOf(placed, edges, false);
  expect(lines.match(/M/g)?.length).toBe(200);
  expect(heads.match(/M/g)?.length).toBe(200);
});
