/** What was decided about an uploaded file so far? It is kept in this browser over going back and a reload, until its import. */
import type { Reading } from './queries.ts';

export interface Decided {
  /** How the file is read. */
  readonly reading: Reading;
  /** Whether it is the full list. */
  readonly full: boolean;
  /** The workflow that keeps the mapping. */
  readonly keepAs: string;
  /** What people call that workflow; as it is called, where nothing is typed. */
  readonly called: string;
}

/** The workflow that keeps a mapping where no other one is named. */
const usual = 'upload_people';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What was kept, however much of it is there; an earlier console kept the reading alone. */
export function decidedOf(kept: unknown): Decided {
  if (!isObject(kept)) return { reading: {}, full: false, keepAs: usual, called: '' };
  const { full, keepAs, called } = kept;
  return {
    reading: isObject(kept['reading']) ? kept['reading'] : 'keepAs' in kept ? {} : kept,
    full: full === true,
    keepAs: typeof keepAs === 'string' ? keepAs : usual,
    called: typeof called === 'string' ? called : '',
  };
}

/** The name under which it is kept. */
export function decidedName(file: string): string {
  return `upload.${file}`;
}
