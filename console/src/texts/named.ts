/** A sentence of the server that calls settings by their names, with the titles that stand above their fields. */
import type { Text } from '#/texts/language';

interface Titled {
  readonly name: string;
  readonly title: Text;
}

/** Names of several words anywhere; `name` or `token` are words of a sentence too, and are names only behind the word column. */
export function named(text: Text, settings: readonly Titled[]): Text {
  const known = new Map(settings.map(({ name, title }) => [name, title]));
  const put = (language: 'zh' | 'en') =>
    text[language].replaceAll(
      /\b[a-z]+(?:_[a-z]+)+\b|(?<=\u5217 |column )[a-z]+\b/g,
      (word) => known.get(word)?.[language] ?? word,
    );
  return { zh: put('zh'), en: put('en') };
}
