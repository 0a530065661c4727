/** Which departments stand below which? From the list that the API gives to the tree that is drawn. */
import type { Department } from './queries.ts';

export interface Branch {
  key: string;
  title: string;
  children: Branch[];
}

/** The tree; a department whose parent is not there, or that is its own, stands at the top, so that nobody is lost. */
export function treeOf(departments: readonly Department[]): Branch[] {
  const branches = new Map(departments.map(({ id, name }) => [id, { key: id, title: name, children: [] as Branch[] }]));
  const parents = new Map(departments.map(({ id, parent }) => [id, parent]));
  const circles = (id: string) => {
    const seen = new Set<string>();
    let at: string | undefined = id;
    while (at !== undefined) {
      if (seen.has(at)) return true;
      seen.add(at);
      at = parents.get(at);
    }
    return false;
  };
  const top: Branch[] = [];
  for (const { id, parent } of departments) {
    const branch = branches.get(id);
    if (branch === undefined) continue;
    const above = parent === undefined || circles(id) ? undefined : branches.get(parent);
    (above?.children ?? top).push(branch);
  }
  return top;
}

/** From the top down to a department, by name. */
export function pathOf(departments: readonly Department[], id: string): string {
  const by = new Map(departments.map((department) => [department.id, department]));
  const names: string[] = [];
  let at = by.get(id);
  while (at !== undefined && names.length < 50) {
    names.unshift(at.name);
    at = at.parent === undefined ? undefined : by.get(at.parent);
  }
  return names.length === 0 ? id : `/${names.join('/')}`;
}

/** The departments of a person by name, as far as they are known. */
export function departmentsOf(
  person: Readonly<Record<string, unknown>>,
  names: ReadonlyMap<string, string>,
): readonly string[] {
  const found = person['departments'];
  if (!Array.isArray(found)) return [];
  return found.flatMap((one: unknown) => {
    const id = typeof one === 'string' ? one : (one as { department?: unknown } | null)?.department;
    return typeof id === 'string' ? (names.get(id) ?? []) : [];
  });
}
