/** Which inputs does a workflow ask for, and what is sent of what was typed? What a value means is decided by the server. */
import type { Text } from '#/texts/language';

/** A part of the text whose form nobody promises. */
type Free = unknown;

export type InputType = 'boolean' | 'string' | 'integer' | 'duration' | 'enum';

/** One input, as `on.manual.inputs` declares it. */
export interface Declared {
  readonly name: string;
  readonly type: InputType;
  readonly label: Text | undefined;
  readonly description: Text | undefined;
  readonly required: boolean;
  readonly preset: string | number | boolean | undefined;
  /** The words of an `enum`. */
  readonly values: readonly string[];
}

/** What was typed, or is sent. */
export type Inputs = Readonly<Record<string, string | number | boolean>>;

function member(value: Free, name: string): Free {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, Free>)[name]
    : undefined;
}

/** A text as YAML has it: one for both languages, or a pair. */
function textOf(value: Free): Text | undefined {
  if (typeof value === 'string') return { zh: value, en: value };
  const [zh, en] = [member(value, 'zh'), member(value, 'en')];
  if (typeof zh === 'string') return { zh, en: typeof en === 'string' ? en : zh };
  return typeof en === 'string' ? { zh: en, en } : undefined;
}

function typeOf(value: Free): InputType {
  return value === 'boolean' || value === 'integer' || value === 'duration' || value === 'enum' ? value : 'string';
}

/** The inputs that a text declares, as the compiler read it, in their order. */
export function inputsOf(content: Free): Declared[] {
  const declared = member(member(member(content, 'on'), 'manual'), 'inputs');
  if (typeof declared !== 'object' || declared === null) return [];
  return Object.entries(declared as Record<string, Free>).map(([name, input]) => {
    const preset = member(input, 'default');
    const values = member(input, 'values');
    return {
      name,
      type: typeOf(member(input, 'type')),
      label: textOf(member(input, 'label')),
      description: textOf(member(input, 'description')),
      required: member(input, 'required') === true,
      preset: ['string', 'number', 'boolean'].includes(typeof preset) ? (preset as Declared['preset']) : undefined,
      values: Array.isArray(values) ? values.map(String) : [],
    };
  });
}

/** What stands in the form at first. A box that nobody ticked says no, where the text does not say otherwise. */
export function presetsOf(declared: readonly Declared[]): Inputs {
  return Object.fromEntries(
    declared.flatMap(({ name, type, preset }) => {
      if (preset !== undefined) return [[name, preset] as const];
      return type === 'boolean' ? [[name, false] as const] : [];
    }),
  );
}

/** What is sent: blank fields are not, so that what the text says of them holds; each value has its type. */
export function sentOf(declared: readonly Declared[], typed: Readonly<Record<string, Free>>): Inputs {
  return Object.fromEntries(
    declared.flatMap(({ name, type }): [string, string | number | boolean][] => {
      const value = typed[name];
      if (type === 'boolean') return typeof value === 'boolean' ? [[name, value]] : [];
      const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
      if (text === '') return [];
      return [[name, type === 'integer' ? Number(text) : text]];
    }),
  );
}

/** The inputs that a run needs and that nobody gave. */
export function missingOf(declared: readonly Declared[], typed: Readonly<Record<string, Free>>): Declared[] {
  const sent = sentOf(declared, typed);
  return declared.filter(({ name, required, preset }) => required && preset === undefined && !(name in sent));
}
