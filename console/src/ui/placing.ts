/** Where does each node of a picture stand, and where do its lines go? Nothing here draws. */
import { graphlib, layout } from '@dagrejs/dagre';

import { inLayers } from './layers.ts';

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

/** The size of a node; the style sheet says the same. */
const node = { width: 158, height: 98 };

/** More nodes than this are laid out in a quicker way: dagre takes a tenth of a second for two hundred. */
const large = 60;

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Placed {
  readonly places: ReadonlyMap<string, Place>;
  /** How much room all of it takes. */
  readonly width: number;
  readonly height: number;
}

/** The middle of each node: along what follows each other, and across. */
function middles(ids: readonly string[], edges: readonly GraphEdge[], down: boolean) {
  const sizes = down
    ? { long: node.height, thick: node.width, between: 26, gap: 18 }
    : { long: node.width, thick: node.height, between: 26, gap: 18 };
  if (ids.length > large) return inLayers(ids, edges, sizes);
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: down ? 'TB' : 'LR', nodesep: sizes.gap, ranksep: sizes.between });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(id, { ...node });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  return new Map(
    ids.map((id) => {
      const { x = 0, y = 0 } = (graph.node(id) ?? {}) as { x?: number; y?: number };
      return [id, down ? { along: y, across: x } : { along: x, across: y }];
    }),
  );
}

/** Places nodes from left to right, or from top to bottom, so that what comes before stands before. */
export function place(ids: readonly string[], edges: readonly GraphEdge[], down: boolean): Placed {
  const places = new Map<string, Place>();
  let [width, height] = [0, 0];
  for (const [id, { along, across }] of middles(ids, edges, down)) {
    const [x, y] = [(down ? across : along) - node.width / 2, (down ? along : across) - node.height / 2];
    places.set(id, { x, y });
    width = Math.max(width, x + node.width);
    height = Math.max(height, y + node.height);
  }
  return { places, width, height };
}

/** The heads of arrows: how long, and half as wide. */
const head = { long: 7, half: 4 };

/** All lines as one path, and all their heads as another: however many there are, two elements are drawn. */
export function linesOf(
  { places }: Placed,
  edges: readonly GraphEdge[],
  down: boolean,
): { lines: string; heads: string } {
  const lines: string[] = [];
  const heads: string[] = [];
  for (const { from, to } of edges) {
    const [a, b] = [places.get(from), places.get(to)];
    if (a === undefined || b === undefined) continue;
    if (down) {
      const [x1, y1, x2, y2] = [a.x + node.width / 2, a.y + node.height, b.x + node.width / 2, b.y - head.long / 2];
      const bend = Math.abs(y2 - y1) / 2;
      lines.push(`M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`);
      heads.push(`M${x2} ${b.y}l${-head.half} ${-head.long}h${2 * head.half}z`);
    } else {
      const [x1, y1, x2, y2] = [a.x + node.width, a.y + node.height / 2, b.x - head.long / 2, b.y + node.height / 2];
      const bend = Math.abs(x2 - x1) / 2;
      lines.push(`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
      heads.push(`M${b.x} ${y2}l${-head.long} ${-head.half}v${2 * head.half}z`);
    }
  }
  return { lines: lines.join(''), heads: heads.join('') };
}
