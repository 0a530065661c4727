/** The types of `workbook.mjs`. */
export function workbook(sheets: Record<string, string[][]>): Buffer;
