/** What other features may use of the directory. */
export { type Department, type Entry, departmentsQuery, personQuery, textOf } from './queries.ts';
export { type Branch, treeOf } from './tree.ts';
