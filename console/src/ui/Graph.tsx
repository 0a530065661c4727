/**
 * A picture of steps and what comes before what: laid out from left to right, on a narrow screen from top to bottom. Each node is a
 * button; nothing can be dragged.
 */
import '@xyflow/react/dist/base.css';
import './graph.css';

import { graphlib, layout } from '@dagrejs/dagre';
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  type Node,
  type NodeHandle,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { Grid, theme } from 'antd';
import { type ReactNode, useMemo } from 'react';

import { graphTexts as words } from '#/texts/parts';
import { useTexts } from '#/texts/language';

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

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

const width = 158;
const height = 98;

/** More nodes than this are laid out in a quicker way. */
const large = 60;

function end(type: NodeHandle['type'], position: Position, x: number, y: number): NodeHandle {
  return { type, position, x, y, width: 1, height: 1 };
}

/** Where lines begin and end, told beforehand: React Flow then draws nodes and lines at once and measures nothing. */
function ends(down: boolean): NodeHandle[] {
  return down
    ? [end('target', Position.Top, width / 2, 0), end('source', Position.Bottom, width / 2, height)]
    : [end('target', Position.Left, 0, height / 2), end('source', Position.Right, width, height / 2)];
}
const handles = { right: ends(false), down: ends(true) };

type Shown = Node<{ node: GraphNode; chosen: boolean; down: boolean; onPick: (id: string) => void }, 'step'>;

function Step({ data }: NodeProps<Shown>) {
  const { node, chosen, down, onPick } = data;
  return (
    <>
      <Handle type="target" position={down ? Position.Top : Position.Left} isConnectable={false} />
      <button
        type="button"
        className={`graph-node${node.bad ? ' graph-bad' : ''}${node.tone ? ` graph-${node.tone}` : ''}${chosen ? ' graph-chosen' : ''}`}
        aria-pressed={chosen}
        onClick={() => onPick(node.id)}
      >
        <strong>{node.title}</strong>
        <span className="graph-detail">{node.detail}</span>
        {node.bad ? <span className="graph-wrong">{node.bad}</span> : node.badge}
      </button>
      <Handle type="source" position={down ? Position.Bottom : Position.Right} isConnectable={false} />
    </>
  );
}

// Outside the component: a new object would make React Flow draw everything anew.
const nodeTypes = { step: Step };

/** Where each node stands, and how high the whole is. */
function layOut(nodes: readonly GraphNode[], edges: readonly GraphEdge[], down: boolean) {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: down ? 'TB' : 'LR', nodesep: 18, ranksep: 26 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { width, height });
  for (const { from, to } of edges) graph.setEdge(from, to);
  // Its last look for fewer crossings takes as long as all the rest, and large pictures are wanted at once.
  layout(graph, { disableOptimalOrderHeuristic: nodes.length > large });
  const places = new Map(
    nodes.map(({ id }) => {
      const at = graph.node(id) as { x?: number; y?: number } | undefined;
      return [id, { x: (at?.x ?? 0) - width / 2, y: (at?.y ?? 0) - height / 2 }];
    }),
  );
  const tops = [...places.values()].map(({ y }) => y);
  return { places, high: Math.max(...tops, 0) - Math.min(...tops, 0) + height };
}

export function Graph(props: {
  label: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  chosen?: string | undefined;
  onPick: (id: string) => void;
}) {
  const t = useTexts(words);
  const { token } = theme.useToken();
  const { nodes, edges, chosen, onPick } = props;
  const down = !(Grid.useBreakpoint().md ?? true);
  // The layout hangs on ids and edges only, never on counts.
  const shape = JSON.stringify([nodes.map(({ id }) => id), edges]);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- `shape` stands for both
  const { places, high } = useMemo(() => layOut(nodes, edges, down), [shape, down]);
  const shown: Shown[] = nodes.map((node) => ({
    id: node.id,
    type: 'step',
    position: places.get(node.id) ?? { x: 0, y: 0 },
    data: { node, chosen: node.id === chosen, down, onPick },
    width,
    height,
    handles: down ? handles.down : handles.right,
    focusable: false,
    draggable: false,
    selectable: false,
  }));
  return (
    <section
      aria-label={props.label}
      style={{
        height: Math.min(Math.max(high + 64, 168), down ? 1200 : 420),
        border: `1px solid ${token.colorBorderSecondary}`,
        borderRadius: token.borderRadius,
        background: token.colorBgContainer,
        ['--node-bg' as string]: token.colorBgElevated,
        ['--node-line' as string]: token.colorBorder,
        ['--node-text' as string]: token.colorText,
        ['--node-soft' as string]: token.colorTextDescription,
        ['--node-bad' as string]: token.colorError,
        ['--node-good' as string]: token.colorSuccess,
        ['--node-warn' as string]: token.colorWarning,
        ['--node-chosen' as string]: token.colorPrimary,
      }}
    >
      <ReactFlow
        // Another direction is another picture: it is fitted anew.
        key={down ? 'down' : 'right'}
        nodes={shown}
        edges={edges.map(({ from, to }) => ({
          id: `${from} ${to}`,
          source: from,
          target: to,
          focusable: false,
          selectable: false,
          style: { stroke: token.colorTextDescription, strokeWidth: 1.5 },
          markerEnd: { type: MarkerType.ArrowClosed, color: token.colorTextDescription, width: 14, height: 14 },
        }))}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ padding: 0.1, maxZoom: 1 }}
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        // A finger scrolls the page, not the picture.
        panOnDrag={!down}
        zoomOnScroll={false}
        preventScrolling={false}
        ariaLabelConfig={{
          'controls.ariaLabel': t.pane,
          'controls.zoomIn.ariaLabel': t.zoomIn,
          'controls.zoomOut.ariaLabel': t.zoomOut,
          'controls.fitView.ariaLabel': t.fit,
          'node.a11yDescription.default': t.node,
          'edge.a11yDescription.default': t.edge,
        }}
      >
        <Background color={token.colorBorderSecondary} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </section>
  );
}
