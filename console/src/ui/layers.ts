/**
 * Where do the nodes of a large picture stand? In layers by what comes before them, in an order in which few lines cross, each as
 * near to its neighbours as there is room. Two hundred take a few milliseconds.
 */

/** A node, or where a line passes a layer that it has no node in. */
interface Spot {
  readonly id: string | undefined;
  readonly before: Spot[];
  readonly after: Spot[];
  layer: number;
  /** Its number within the layer. */
  order: number;
  /** Where its middle is, across the layers. */
  at: number;
}

/** How often the order is looked over; the best one counts. */
const looks = 6;
/** How often places are looked over. */
const moves = 4;
/** With more passing lines than this they pass where they like. */
const mostPassing = 5_000;

function spot(id?: string): Spot {
  return { id, before: [], after: [], layer: 0, order: 0, at: 0 };
}

/** Gives each spot its layer, behind all that come before it. A circle is cut where it is entered first. */
function rank(spots: readonly Spot[]): void {
  const open = new Map(spots.map((one) => [one, one.before.length]));
  const ready = spots.filter(({ before }) => before.length === 0);
  const rest = spots.values();
  while (open.size > 0) {
    let next = ready.shift();
    while (next === undefined) {
      const { value } = rest.next();
      if (value !== undefined && open.has(value)) next = value;
    }
    open.delete(next);
    for (const one of next.after) {
      const left = open.get(one);
      if (left === undefined) continue;
      one.layer = Math.max(one.layer, next.layer + 1);
      open.set(one, left - 1);
      if (left === 1) ready.push(one);
    }
  }
}

/** Puts a spot into each layer that a line passes. */
function pass(spots: readonly Spot[]): Spot[] {
  const passing: Spot[] = [];
  for (const from of spots) {
    for (const [n, to] of from.after.entries()) {
      let before = from;
      for (let layer = from.layer + 1; layer < to.layer && passing.length < mostPassing; layer += 1) {
        const here = spot();
        here.layer = layer;
        here.before.push(before);
        if (before === from) from.after[n] = here;
        else before.after.push(here);
        passing.push(here);
        before = here;
      }
      if (before === from) continue;
      before.after.push(to);
      to.before[to.before.indexOf(from)] = before;
    }
  }
  return passing;
}

const mean = (spots: readonly Spot[], of: (one: Spot) => number) =>
  spots.reduce((sum, one) => sum + of(one), 0) / spots.length;

function number(layer: readonly Spot[]): void {
  for (const [n, one] of layer.entries()) one.order = n;
}

/** How many lines cross. */
function crossings(layers: readonly Spot[][]): number {
  let sum = 0;
  for (const layer of layers) {
    const ends: number[] = [];
    for (const { after } of layer) {
      for (const end of after.map(({ order }) => order).toSorted((a, b) => a - b)) {
        // How many before it end behind it; they are sorted.
        let [low, high] = [0, ends.length];
        while (low < high) {
          const middle = (low + high) >> 1;
          if ((ends[middle] ?? 0) <= end) low = middle + 1;
          else high = middle;
        }
        sum += ends.length - low;
        ends.splice(low, 0, end);
      }
    }
  }
  return sum;
}

/** Orders each layer by where its neighbours are, from the one side and from the other. */
function arrange(layers: Spot[][]): void {
  layers.forEach(number);
  let best = { crossed: Number.POSITIVE_INFINITY, layers: layers.map((layer) => [...layer]) };
  for (let look = 0; look < looks && best.crossed > 0; look += 1) {
    const back = look % 2 === 1;
    for (const layer of back ? layers.toReversed() : layers) {
      const wanted = new Map(
        layer.map((one) => {
          const near = back ? one.after : one.before;
          return [one, near.length === 0 ? one.order : mean(near, (other) => other.order)];
        }),
      );
      layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || a.order - b.order);
      number(layer);
    }
    const crossed = crossings(layers);
    if (crossed < best.crossed) best = { crossed, layers: layers.map((layer) => [...layer]) };
  }
  for (const [n, layer] of best.layers.entries()) {
    layers[n] = layer;
    number(layer);
  }
}

/** Moves the spots of a layer to where they want to be, as near as order and room allow (least squares). */
function settle(layer: readonly Spot[], thick: number, gap: number, near: (one: Spot) => readonly Spot[]): void {
  const room = (one: Spot) => (one.id === undefined ? 0 : thick);
  const groups: { sum: number; n: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const [n, one] of layer.entries()) {
    const last = layer[n - 1];
    if (last) offset += (room(last) + room(one)) / 2 + gap;
    offsets.push(offset);
    const others = near(one);
    let group = { sum: (others.length === 0 ? one.at : mean(others, ({ at }) => at)) - offset, n: 1 };
    // Those that would stand in each other's way move together.
    for (let before = groups.at(-1); before && before.sum / before.n >= group.sum / group.n; before = groups.at(-1)) {
      groups.pop();
      group = { sum: before.sum + group.sum, n: before.n + group.n };
    }
    groups.push(group);
  }
  let n = 0;
  for (const group of groups) {
    for (let left = group.n; left > 0; left -= 1, n += 1) {
      const one = layer[n];
      if (one) one.at = group.sum / group.n + (offsets[n] ?? 0);
    }
  }
}

export interface Sizes {
  /** The size of a node along the layers' row, and across it. */
  readonly long: number;
  readonly thick: number;
  /** What is left free between layers, and between nodes of one. */
  readonly between: number;
  readonly gap: number;
}

/** The middle of each node: along the row of layers, and across. */
export function inLayers(
  ids: readonly string[],
  edges: readonly { readonly from: string; readonly to: string }[],
  { long, thick, between, gap }: Sizes,
): Map<string, { along: number; across: number }> {
  const known = new Map(ids.map((id) => [id, spot(id)]));
  for (const { from, to } of edges) {
    const [a, b] = [known.get(from), known.get(to)];
    if (a === undefined || b === undefined || a === b || a.after.includes(b)) continue;
    a.after.push(b);
    b.before.push(a);
  }
  const nodes = [...known.values()];
  rank(nodes);
  // What leads back says nothing about places.
  for (const one of nodes) {
    one.before.splice(0, Number.POSITIVE_INFINITY, ...one.before.filter(({ layer }) => layer < one.layer));
    one.after.splice(0, Number.POSITIVE_INFINITY, ...one.after.filter(({ layer }) => layer > one.layer));
  }
  const layers: Spot[][] = [];
  for (const one of [...nodes, ...pass(nodes)]) (layers[one.layer] ??= []).push(one);
  arrange(layers);
  for (let move = 0; move < moves; move += 1) {
    const back = move % 2 === 1;
    for (const layer of back ? layers.toReversed() : layers) {
      settle(layer, thick, gap, (one) => (back ? one.after : one.before));
    }
  }
  const first = Math.min(...nodes.map(({ at }) => at));
  return new Map(
    nodes.map(({ id = '', layer, at }) => [
      id,
      { along: layer * (long + between) + long / 2, across: at - first + thick / 2 },
    ]),
  );
}
