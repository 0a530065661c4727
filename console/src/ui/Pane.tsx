/** A picture in a frame: all of it at first, larger and smaller by buttons, moved by scrolling or by dragging its ground. */
import { ExpandOutlined, MinusOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { paneTexts } from '#/texts/parts';
import { useTexts } from '#/texts/language';

/** The smallest and the largest. */
const [least, most] = [0.1, 2];
/** The ground that is left around the picture: the buttons stand on it. */
const ground = 36;

const between = (scale: number) => Math.min(most, Math.max(least, scale));

/** A point of the picture, and where in the window it is to stay. */
interface Held {
  readonly at: { readonly x: number; readonly y: number };
  readonly here: { readonly x: number; readonly y: number };
}

export function Pane(props: { label: string; width: number; height: number; tall: number; children: ReactNode }) {
  const { width, height, tall } = props;
  const t = useTexts(paneTexts);
  const frame = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const held = useRef<Held>(undefined);
  const [room, setRoom] = useState(0);
  /** As it was chosen; undefined: all of it is shown. */
  const [chosen, setChosen] = useState<number>();
  const whole = between(Math.min(1, (room - 2 * ground - 1) / width, (tall - 2 * ground - 1) / height));
  const scale = chosen ?? whole;
  // Before the first drawing, so that nothing jumps.
  useLayoutEffect(() => {
    const box = frame.current;
    if (box === null) return undefined;
    setRoom(box.clientWidth);
    const watcher = new ResizeObserver(() => setRoom(box.clientWidth));
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    const [box, drawn, wanted] = [frame.current, sheet.current?.getBoundingClientRect(), held.current];
    held.current = undefined;
    if (box === null || drawn === undefined || wanted === undefined) return;
    box.scrollLeft += drawn.left + wanted.at.x * scale - wanted.here.x;
    box.scrollTop += drawn.top + wanted.at.y * scale - wanted.here.y;
  }, [scale]);
  /** Draws it in another size; what stands here, or in the middle, stays where it is. */
  const zoom = useCallback(
    (to: number, here?: Held['here']) => {
      const [box, drawn] = [frame.current?.getBoundingClientRect(), sheet.current?.getBoundingClientRect()];
      if (box === undefined || drawn === undefined) return;
      const point = here ?? { x: box.left + box.width / 2, y: box.top + box.height / 2 };
      held.current = { at: { x: (point.x - drawn.left) / scale, y: (point.y - drawn.top) / scale }, here: point };
      setChosen(between(to));
    },
    [scale],
  );
  useEffect(() => {
    const box = frame.current;
    if (box === null) return undefined;
    // Two fingers on a touch pad come as a wheel with this key; the wheel alone scrolls.
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(scale * Math.exp(-event.deltaY / 100), { x: event.clientX, y: event.clientY });
    };
    const press = (event: PointerEvent) => {
      const onNode = event.target instanceof Element && event.target.closest('button') !== null;
      if (event.pointerType !== 'mouse' || event.button !== 0 || onNode) return;
      box.setPointerCapture(event.pointerId);
    };
    const move = (event: PointerEvent) => {
      if (box.hasPointerCapture(event.pointerId)) box.scrollBy(-event.movementX, -event.movementY);
    };
    box.addEventListener('wheel', wheel, { passive: false });
    box.addEventListener('pointerdown', press);
    box.addEventListener('pointermove', move);
    return () => {
      box.removeEventListener('wheel', wheel);
      box.removeEventListener('pointerdown', press);
      box.removeEventListener('pointermove', move);
    };
  }, [scale, zoom]);
  return (
    <section aria-label={props.label} className="pane" style={{ height: tall }}>
      <div ref={frame} className="pane-frame">
        <div style={{ width: width * scale, height: height * scale, margin: ground }}>
          <div ref={sheet} className="pane-sheet" style={{ width, height, transform: `scale(${scale})` }}>
            {props.children}
          </div>
        </div>
      </div>
      <div role="group" aria-label={t.pane} className="pane-deeds">
        <Button
          size="small"
          icon={<PlusOutlined />}
          aria-label={t.zoomIn}
          title={t.zoomIn}
          onClick={() => zoom(scale * 1.25)}
        />
        <Button
          size="small"
          icon={<MinusOutlined />}
          aria-label={t.zoomOut}
          title={t.zoomOut}
          onClick={() => zoom(scale / 1.25)}
        />
        <Button
          size="small"
          icon={<ExpandOutlined />}
          aria-label={t.fit}
          title={t.fit}
          onClick={() => setChosen(undefined)}
        />
      </div>
    </section>
  );
}
