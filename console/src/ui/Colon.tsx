/** What stands between a word and its value: full width in Chinese. */
import { common } from '#/texts/common';
import { useTexts } from '#/texts/language';

export function Colon() {
  return useTexts(common).colon;
}
