/** What was typed into a form of settings, and has it the right shape? What it means is decided by the server. */
import type { components } from '#/api/contract';

type Setting = components['schemas']['Setting'];

/** What was typed. A secret that is not there is left as it is. */
export interface Given {
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export const nothingGiven: Given = { settings: {}, secrets: {} };

/** What stands in a form: what is saved, and over it what was typed. */
export function over(saved: Readonly<Record<string, string>>, typed: Given): Given {
  return { settings: { ...saved, ...typed.settings }, secrets: typed.secrets };
}

/** What was typed, with one field more. Only what differs from what is saved was: all else stays as it is by then. */
export function typedInto(
  typed: Given,
  setting: Pick<Setting, 'name' | 'secret'>,
  text: string | undefined,
  saved: Readonly<Record<string, string>>,
): Given {
  const which = setting.secret ? 'secrets' : 'settings';
  const after = { ...typed[which] };
  const asSaved = !setting.secret && text === (saved[setting.name] ?? '');
  if (text === undefined || asSaved) delete after[setting.name];
  else after[setting.name] = text;
  return { ...typed, [which]: after };
}

function rest(now: Readonly<Record<string, string>>, before: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(now).filter(([name, text]) => before[name] !== text));
}

/** What was typed, without what was sent of it: what was typed since then stays. */
export function since(typed: Given, sent: Given): Given {
  return { settings: rest(typed.settings, sent.settings), secrets: rest(typed.secrets, sent.secrets) };
}

/** What stands in a field. */
export function valueOf(setting: Setting, given: Given): string {
  return (setting.secret ? given.secrets : given.settings)[setting.name] ?? '';
}

/** Whether a setting is asked for, by what stands in the others. */
export function isAsked(setting: Setting, all: readonly Setting[], given: Given): boolean {
  const { unless } = setting;
  if (!unless) return true;
  const other = given.settings[unless.setting] || all.find(({ name }) => name === unless.setting)?.default;
  return other !== unless.value;
}

/** What is wrong with the shape of a value. */
export function badShape(setting: Setting, value: string, kept: boolean): 'needed' | 'shape' | undefined {
  if (value.trim() === '') return setting.required && !kept && !setting.default ? 'needed' : undefined;
  if (!setting.pattern) return undefined;
  try {
    return new RegExp(`^(?:${setting.pattern})$`, 'u').test(value.trim()) ? undefined : 'shape';
  } catch {
    // A pattern that this browser does not read; the server does.
    return undefined;
  }
}

/** What a pattern asks for, where that is said in words: so many digits, or how a value begins. */
export function shapeOf(
  pattern: string | null | undefined,
): { digits: readonly [string, string] } | { begins: readonly string[] } | undefined {
  const [, least, most] = /^\[0-9\]\{(\d+),(\d+)\}$/.exec(pattern ?? '') ?? [];
  if (least !== undefined && most !== undefined) return { digits: [least, most] };
  const [, begins] = /^\(?([a-z]+(?:\|[a-z]+)*)\)?\[/.exec(pattern ?? '') ?? [];
  return begins === undefined ? undefined : { begins: begins.split('|') };
}

/** Whether every field has the right shape. `kept` names the secrets that the connection has. */
export function wellShaped(settings: readonly Setting[], given: Given, kept: ReadonlySet<string>): boolean {
  return settings.every((setting) => {
    if (!isAsked(setting, settings, given)) return true;
    const stays = setting.secret && kept.has(setting.name) && given.secrets[setting.name] === undefined;
    return badShape(setting, valueOf(setting, given), stays) === undefined;
  });
}

/** The fields in which something was typed, without blanks around it. */
function typedOf(fields: Readonly<Record<string, string>>): Record<string, string> {
  const typed = Object.entries(fields).map(([name, text]) => [name, text.trim()] as const);
  return Object.fromEntries(typed.filter(([, text]) => text !== ''));
}

/** What is sent of what was typed: blank fields are not, secrets only where something was typed. */
export function filled(given: Given): { settings: Record<string, string>; secrets: Record<string, string> } {
  return { settings: typedOf(given.settings), secrets: typedOf(given.secrets) };
}

/** What is sent of a changed form: a setting that was emptied is taken away, others only where they differ. */
export function changed(given: Given, before: Readonly<Record<string, string>>) {
  const settings: Record<string, string | null> = {};
  for (const [name, text] of Object.entries(given.settings)) {
    if (text.trim() === (before[name] ?? '')) continue;
    settings[name] = text.trim() === '' ? null : text.trim();
  }
  return { settings, secrets: filled(given).secrets };
}
