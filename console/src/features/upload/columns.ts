/** Which column of an uploaded file is which field? Pure. */
import type { Departments, Preview, Reading, Upload } from './queries.ts';

/** Field to header, as the import takes it. */
export type Mapping = Readonly<Record<string, string>>;

/** The mapping by which a preview was read. */
export function mappingOf(preview: Pick<Preview, 'columns'>): Mapping {
  return Object.fromEntries(preview.columns.flatMap(({ header, field }) => (field ? [[field, header] as const] : [])));
}

/** How a file is read: what somebody decided, else what the preview of exactly that proposes. */
export function readingOf(
  decided: Reading,
  preview: Pick<Preview, 'sheet' | 'header_row' | 'columns' | 'departments'>,
): { sheet: string; header_row: number; columns: Mapping; departments: Departments } {
  const { sheet, header_row } = preview;
  const own = decided.columns ?? {};
  const columns = Object.keys(own).length > 0 ? own : mappingOf(preview);
  return { sheet, header_row, columns, departments: decided.departments ?? preview.departments };
}

/** The mapping when a column is read as another field, or as none. A field has one column: it leaves the one before. */
export function choose(mapping: Mapping, header: string, field: string): Mapping {
  const others = Object.entries(mapping).filter(([name, column]) => column !== header && name !== field);
  return Object.fromEntries(field === '' ? others : [...others, [field, header]]);
}

/** The field of a column. */
export function fieldOf(mapping: Mapping, header: string): string {
  return Object.entries(mapping).find(([, column]) => column === header)?.[0] ?? '';
}

/** The first different contents of a column, a few of them. */
export function samplesOf(preview: { rows: readonly { cells: string[] }[] }, column: number): string[] {
  const found = new Set<string>();
  for (const { cells } of preview.rows) {
    const cell = cells[column];
    if (cell) found.add(cell);
    if (found.size === 3) break;
  }
  return [...found];
}

/** The sheet that is read: the one that was chosen, else the first that can be seen. */
export function sheetOf(upload: Pick<Upload, 'sheets'>, reading: Pick<Reading, 'sheet'>): string {
  return reading.sheet ?? (upload.sheets.find(({ hidden }) => !hidden) ?? upload.sheets[0])?.name ?? '';
}

/** Whether a mapping that was kept takes each file as the full list: then it has the step by which people leave. */
export function isFull(content: unknown): boolean {
  const steps = (content as { steps?: unknown } | null | undefined)?.steps;
  return (
    Array.isArray(steps) &&
    steps.some((step: unknown) => (step as { uses?: unknown } | null)?.uses === 'directory/offboard_user')
  );
}
