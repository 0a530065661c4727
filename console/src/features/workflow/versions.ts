/** What stands in a version: the id that a text gives itself, and what was noted with it. */

export function idIn(content: unknown): string | undefined {
  const id = typeof content === 'object' && content !== null && 'id' in content ? content.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** What does the note of a version say? A roll back without a note is written as an arrow and the version it went to. */
export function noteOf(note: string | null | undefined): number | string {
  const back = /^← (\d+)$/.exec(note ?? '');
  return back ? Number(back[1]) : (note ?? '');
}
