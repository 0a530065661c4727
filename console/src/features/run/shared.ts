/** What other features may use of runs. */
export { present, sumOf, wrong } from './counts.ts';
export { objectOf } from './queries.ts';
export { runTexts } from './texts.ts';
