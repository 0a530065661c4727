/** In which language are texts shown? Tables of texts, and the hooks that read them. */
import { createContext, useContext } from 'react';

import type { Language } from '#/base/preferences';

export type { Language };

/** A text in both languages, as tables and the API have it. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

// Functions with any arguments; `never` accepts them all.
type Sentence = (...values: never[]) => unknown;
type Entry = Text | { readonly zh: Sentence; readonly en: Sentence };

/** Both languages of a sentence take the same values. */
type Same<T extends Record<string, Entry>> = {
  [K in keyof T]: T[K] extends { zh: infer Z extends Sentence; en: infer E extends Sentence }
    ? Parameters<Z> extends Parameters<E>
      ? Parameters<E> extends Parameters<Z>
        ? T[K]
        : never
      : never
    : T[K];
};

/** All tables that were made, by the name of their feature; `texts.test.ts` walks them. */
export const tables: Record<string, Record<string, Entry>> = {};

/** Makes a table of texts. A missing language, or other values, do not compile. */
export function texts<const T extends Record<string, Entry>>(name: string, table: T & Same<T>): T {
  tables[name] = table;
  return table;
}

/** What a table says in one language. */
export type Said<T extends Record<string, Entry>> = {
  readonly [K in keyof T]: T[K]['zh'] extends string ? string : T[K]['zh'];
};

const LanguageContext = createContext<Language>('zh');
export const LanguageProvider = LanguageContext.Provider;

/** The language chosen now. */
export function useLanguage(): Language {
  return useContext(LanguageContext);
}

const said = new WeakMap<object, Partial<Record<Language, unknown>>>();

/** A table in one language. */
export function inLanguage<const T extends Record<string, Entry>>(table: T, language: Language): Said<T> {
  let known = said.get(table);
  if (known === undefined) {
    known = {};
    said.set(table, known);
  }
  known[language] ??= Object.fromEntries(Object.entries(table).map(([key, entry]) => [key, entry[language]]));
  return known[language] as Said<T>;
}

/** A table in the language chosen now. */
export function useTexts<const T extends Record<string, Entry>>(table: T): Said<T> {
  return inLanguage(table, useLanguage());
}

/** Says a text that came as a pair, from the API or from a table of states. */
export function useSay(): (text: Text | null | undefined) => string {
  const language = useLanguage();
  return (text) => text?.[language] ?? '';
}

/** `1 person`, `4 people`. */
export function plural(n: number, one: string, many: string): string {
  return n === 1 ? one : many;
}
