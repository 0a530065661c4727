/** What does the note of a version say? A roll back without a note is written as an arrow and the version it went to. */
export function noteOf(note: string | null | undefined): number | string {
  const back = /^← (\d+)$/.exec(note ?? '');
  return back ? Number(back[1]) : (note ?? '');
}
