/** Two texts side by side, with what differs between them. */
import { yaml } from '@codemirror/lang-yaml';
import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { theme } from 'antd';
import { useEffect, useRef } from 'react';

import { diffTexts } from '#/texts/common';
import { useTexts } from '#/texts/language';

export function YamlDiff(props: { before: string; after: string; labels: readonly [string, string] }) {
  const { token } = theme.useToken();
  const box = useRef<HTMLDivElement>(null);
  const { before, after } = props;
  const { unchanged } = useTexts(diffTexts);
  const [left, right] = props.labels;
  useEffect(() => {
    const parent = box.current;
    if (!parent) return undefined;
    const side = (doc: string, label: string) => ({
      doc,
      extensions: [
        lineNumbers(),
        yaml(),
        EditorState.readOnly.of(true),
        EditorView.lineWrapping,
        EditorState.phrases.of({ '$ unchanged lines': unchanged }),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        EditorView.theme({
          '&': { color: token.colorText, backgroundColor: token.colorBgContainer, fontSize: '12px' },
          '.cm-gutters': { backgroundColor: token.colorBgContainer, color: token.colorTextDescription, border: 'none' },
        }),
      ],
    });
    const view = new MergeView({
      parent,
      a: side(before, left),
      b: side(after, right),
      collapseUnchanged: { margin: 3, minSize: 6 },
    });
    return () => view.destroy();
  }, [before, after, left, right, token, unchanged]);
  return (
    <div
      ref={box}
      data-value
      style={{ border: `1px solid ${token.colorBorderSecondary}`, maxHeight: 560, overflow: 'auto' }}
    />
  );
}
