/**
 * A picture of steps and what comes before what: laid out from left to right, on a narrow screen from top to bottom. Each node is a
 * button; nothing can be moved.
 */
import './graph.css';

import { Grid } from 'antd';
import { memo, type ReactNode, useMemo } from 'react';

import { Pane } from './Pane.tsx';
import { type GraphEdge, linesOf, type Place, place } from './placing.ts';

export interface GraphNode {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  /** What stands below: a connection, counts. */
  readonly badge?: ReactNode;
  /** What is wrong with it, in words; stands in the place of the badge. */
  readonly bad?: string | undefined;
  /** How it stands, where it is about a run; the badge says it in words. */
  readonly tone?: 'good' | 'bad' | 'warn' | 'busy' | 'quiet' | undefined;
}

const nowhere: Place = { x: 0, y: 0 };

// Two hundred of them are there at once: only those are drawn again of which something is another.
const Step = memo(function Step(props: { node: GraphNode; at: Place; chosen: boolean; onPick: (id: string) => void }) {
  const { node, at, chosen, onPick } = props;
  return (
    <button
      type="button"
      className={`graph-node${node.bad ? ' graph-bad' : ''}${node.tone ? ` graph-${node.tone}` : ''}${chosen ? ' graph-chosen' : ''}`}
      style={{ left: at.x, top: at.y }}
      aria-pressed={chosen}
      onClick={() => onPick(node.id)}
    >
      <strong>{node.title}</strong>
      <span className="graph-detail">{node.detail}</span>
      {node.bad ? <span className="graph-wrong">{node.bad}</span> : node.badge}
    </button>
  );
});

export function Graph(props: {
  label: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  chosen?: string | undefined;
  onPick: (id: string) => void;
}) {
  const { nodes, edges, chosen, onPick } = props;
  const down = !(Grid.useBreakpoint().md ?? true);
  // The layout hangs on ids and edges only, never on counts.
  const shape = JSON.stringify([nodes.map(({ id }) => id), edges]);
  const { places, width, height, lines, heads } = useMemo(() => {
    const placed = place(
      nodes.map(({ id }) => id),
      edges,
      down,
    );
    return { ...placed, ...linesOf(placed, edges, down) };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `shape` stands for both
  }, [shape, down]);
  return (
    <Pane
      label={props.label}
      width={width}
      height={height}
      tall={Math.min(Math.max(height + 74, 172), down ? 1200 : 420)}
    >
      <svg className="graph-lines" width={width} height={height} aria-hidden>
        <path className="graph-line" d={lines} />
        <path className="graph-head" d={heads} />
      </svg>
      {nodes.map((node) => (
        <Step
          key={node.id}
          node={node}
          at={places.get(node.id) ?? nowhere}
          chosen={node.id === chosen}
          onPick={onPick}
        />
      ))}
    </Pane>
  );
}
