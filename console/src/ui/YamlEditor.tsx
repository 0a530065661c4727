/** The text of a workflow: coloured here, understood by the server. Findings, completion and explanations come from outside. */
import { type Completion, autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, bracketMatching, foldGutter, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState } from '@codemirror/state';
import { EditorView, drawSelection, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { theme } from 'antd';
import { useEffect, useRef } from 'react';

/** A suggestion, with the part of the text that it replaces, in UTF-16 units. */
export interface Suggestion {
  readonly label: string;
  readonly insert: string;
  readonly from: number;
  readonly to: number;
  readonly detail: string;
  readonly doc: string;
}

/** Something found in the text, in UTF-16 units. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** What the editor asks for a place: line and column from 1, the column in UTF-16 units. */
export interface Ask {
  complete: (text: string, line: number, column: number) => Promise<readonly Suggestion[]>;
  hover: (
    text: string,
    line: number,
    column: number,
  ) => Promise<{ from: number; to: number; text: string } | undefined>;
}

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-key)' },
  { tag: [tags.string, tags.content], color: 'var(--code-text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-value)' },
  { tag: tags.comment, color: 'var(--code-soft)', fontStyle: 'italic' },
]);

const look = EditorView.theme({
  '&': { color: 'var(--code-text)', backgroundColor: 'var(--code-bg)', fontSize: '13px' },
  '.cm-content': { fontFamily: 'ui-monospace, SFMono-Regular, Consolas, monospace', caretColor: 'var(--code-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--code-text)' },
  '.cm-gutters': { backgroundColor: 'var(--code-bg)', color: 'var(--code-soft)', border: 'none' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection': {
    backgroundColor: 'var(--code-chosen) !important',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--code-raised)',
    color: 'var(--code-text)',
    border: '1px solid var(--code-line)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--code-chosen)',
    color: 'var(--code-text)',
  },
  '.cm-hover-text': { padding: '6px 10px', maxWidth: '440px', whiteSpace: 'pre-wrap' },
});

/** Line and column of a place, from 1. */
function placeOf(state: EditorState, at: number): { line: number; column: number } {
  const line = state.doc.lineAt(at);
  return { line: line.number, column: at - line.from + 1 };
}

/** A change that came as a new `text`, not from whoever types. */
const outside = Annotation.define<boolean>();

export function YamlEditor(props: {
  label: string;
  text: string;
  marks: readonly Mark[];
  readOnly?: boolean;
  height?: number;
  /** A place to show: line and column from 1. */
  show?: { line: number; column: number } | undefined;
  ask: Ask;
  onChange: (text: string) => void;
}) {
  const { token } = theme.useToken();
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const { label, readOnly } = props;
  useEffect(() => {
    const parent = box.current;
    if (!parent) return undefined;
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [
          lineNumbers(),
          foldGutter(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          yaml(),
          syntaxHighlighting(colours),
          look,
          lintGutter(),
          EditorState.readOnly.of(readOnly ?? false),
          EditorState.tabSize.of(2),
          // Tab leaves the editor: whoever works by keyboard is not caught in it.
          keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          EditorView.updateListener.of((update) => {
            // Half of what an input method composes is no text yet.
            // What was put in from outside is known there; told again it would pass for something that was typed.
            if (!update.docChanged || update.transactions.some((one) => one.annotation(outside))) return;
            if (!update.view.composing) latest.current.onChange(update.state.doc.toString());
          }),
          autocompletion({
            override: [
              async (context) => {
                const { line, column } = placeOf(context.state, context.pos);
                const found = await latest.current.ask.complete(context.state.doc.toString(), line, column);
                const [first] = found;
                if (first === undefined) return null;
                const options: Completion[] = found.map((one) => ({
                  label: one.label,
                  detail: one.detail,
                  info: one.doc || one.detail,
                  apply: one.insert,
                }));
                return { from: first.from, to: first.to, options, filter: true };
              },
            ],
          }),
          hoverTooltip(async (hovered, at) => {
            const { line, column } = placeOf(hovered.state, at);
            const found = await latest.current.ask.hover(hovered.state.doc.toString(), line, column);
            if (found === undefined) return null;
            return {
              pos: found.from,
              end: found.to,
              create: () => {
                const dom = document.createElement('div');
                dom.className = 'cm-hover-text';
                dom.textContent = found.text;
                return { dom };
              },
            };
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [label, readOnly]);
  // A text from outside (a form's edit, another version) replaces the least that differs, so that the cursor stays.
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const now = editor.state.doc.toString();
    const wanted = props.text;
    if (now === wanted) return;
    let from = 0;
    while (from < now.length && from < wanted.length && now[from] === wanted[from]) from += 1;
    let end = 0;
    while (end < now.length - from && end < wanted.length - from && now.at(-1 - end) === wanted.at(-1 - end)) end += 1;
    editor.dispatch({
      changes: { from, to: now.length - end, insert: wanted.slice(from, wanted.length - end) },
      annotations: outside.of(true),
    });
  }, [props.text]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const most = editor.state.doc.length;
    const marks: Diagnostic[] = props.marks.map((mark) => ({
      ...mark,
      from: Math.min(mark.from, most),
      to: Math.min(Math.max(mark.to, mark.from), most),
    }));
    editor.dispatch(setDiagnostics(editor.state, marks));
  }, [props.marks]);
  const { show } = props;
  useEffect(() => {
    const editor = view.current;
    if (!editor || !show || show.line > editor.state.doc.lines) return;
    const line = editor.state.doc.line(show.line);
    const at = Math.min(line.from + show.column - 1, line.to);
    editor.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    editor.focus();
  }, [show]);
  return (
    <div
      ref={box}
      data-value
      style={{
        height: props.height ?? 520,
        overflow: 'auto',
        border: `1px solid ${token.colorBorderSecondary}`,
        borderRadius: token.borderRadius,
        ['--code-bg' as string]: token.colorBgContainer,
        ['--code-raised' as string]: token.colorBgElevated,
        ['--code-line' as string]: token.colorBorder,
        ['--code-text' as string]: token.colorText,
        ['--code-soft' as string]: token.colorTextDescription,
        ['--code-key' as string]: token.colorLink,
        ['--code-value' as string]: token.colorSuccess,
        ['--code-chosen' as string]: token.controlItemBgActive,
      }}
    />
  );
}
