/** Words of the overview. */
import { texts } from '#/texts/language';

export const overviewTexts = texts('overview', {
  overview: { zh: '概览', en: 'Overview' },
});
