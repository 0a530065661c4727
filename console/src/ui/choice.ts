/** Which rows of a list are ticked? Those of the list as it is filtered now: what another filter showed is chosen no more. */
import { useState } from 'react';

interface Choice {
  readonly of: string;
  readonly keys: readonly string[];
}

/** The keys that count for a list; those of another list do not. */
export function chosenOf(choice: Choice, of: string): readonly string[] {
  return choice.of === of ? choice.keys : [];
}

/** The rows that can be ticked, and whether all or some of them are. */
export function ableOf<T>(
  rows: readonly T[],
  rowKey: (row: T) => string,
  selection: {
    readonly selectedRowKeys?: readonly unknown[] | undefined;
    readonly getCheckboxProps?: ((row: T) => { disabled?: boolean | undefined }) | undefined;
  },
): { able: readonly T[]; all: boolean; some: boolean } {
  const able = rows.filter((row) => selection.getCheckboxProps?.(row).disabled !== true);
  const keys = new Set(selection.selectedRowKeys);
  const chosen = able.filter((row) => keys.has(rowKey(row))).length;
  return { able, all: chosen > 0 && chosen === able.length, some: chosen > 0 && chosen < able.length };
}

/** `filter`: what the list shows; also the browser's way back changes it. */
export function useChoice(filter: unknown): [readonly string[], (keys: readonly string[]) => void] {
  const of = JSON.stringify(filter);
  const [choice, setChoice] = useState<Choice>({ of, keys: [] });
  return [chosenOf(choice, of), (keys) => setChoice({ of, keys })];
}
