/** What came instead of an answer? A refusal of the API, an answer of something between, or nothing at all. */
import type { components } from './contract.ts';

export type Refusal = components['schemas']['Refusal'];
export type Issue = components['schemas']['Issue'];
export type Next = components['schemas']['Next'];

/** The API, or something before it, said no. */
export class Refused extends Error {
  readonly status: number;
  /** What the API said; undefined for a page of a proxy. */
  readonly problem: Refusal | undefined;
  /** After how many seconds the same may be tried again. */
  readonly retryAfter: number | undefined;
  /** Whether the same call would be refused again: it was understood, and the answer is no. */
  readonly final: boolean;

  constructor(status: number, body: unknown, retryAfter: string | null) {
    const problem = isRefusal(body) ? body : undefined;
    super(problem?.code ?? `HTTP ${status}`);
    this.name = 'Refused';
    this.status = status;
    this.final = status < 500 && ![401, 408, 429].includes(status);
    this.problem = problem;
    this.retryAfter = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
  }
}

/** Nothing answered. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('unreachable', { cause });
    this.name = 'Unreachable';
  }
}

function isRefusal(body: unknown): body is Refusal {
  return typeof body === 'object' && body !== null && 'code' in body && 'reason' in body && 'hint' in body;
}

/** Whether a read is tried again: when nothing answered, or something on the way was down. */
export function worthAnother(failures: number, error: Error): boolean {
  if (failures >= 2) return false;
  if (error instanceof Unreachable) return true;
  return error instanceof Refused && [502, 503, 504].includes(error.status);
}

/** Whether somebody else changed it since it was read, so that it can be read anew and gone on from. */
export function isOld(error: unknown): boolean {
  if (!(error instanceof Refused) || error.status !== 412) return false;
  return !['there_already', 'gone_since'].includes(error.problem?.code ?? '');
}

/** Whether something was to be made under a name that is taken: `If-None-Match: *`. */
export function isTaken(error: unknown): error is Refused {
  return error instanceof Refused && error.problem?.code === 'there_already';
}

/** What is wrong with each field of a form, by its name. */
export function fieldErrors(error: unknown): Map<string, Refusal['reason']> {
  const found = new Map<string, Refusal['reason']>();
  if (!(error instanceof Refused)) return found;
  for (const wrong of error.problem?.errors ?? []) {
    if (wrong.field) found.set(wrong.field, wrong.reason);
  }
  return found;
}
