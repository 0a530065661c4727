/** What was, and what is to be: field by field, in words. */
import { Tag, Typography } from 'antd';

import type { components } from '#/api/contract';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';

import { alikeInWords } from './counts.ts';
import { runTexts } from './texts.ts';

type FieldChange = components['schemas']['FieldChange'];

/** A value as it is, where the API has no words for it. */
function plain(value: unknown, empty: string): string {
  if (value === null || value === undefined || value === '') return empty;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function FieldDiff(props: { fields: readonly FieldChange[] }) {
  const t = useTexts(runTexts);
  const words = useTexts(common);
  const say = useSay();
  // Where nothing was written, one line says so; beside each field it is said only of the odd ones.
  const none = props.fields.length > 1 && props.fields.every(({ applied }) => applied === false);
  return (
    <table className="diff">
      {none && <caption>{t.noneApplied}</caption>}
      <thead>
        <tr>
          <th scope="col">{t.field}</th>
          <th scope="col">{t.before}</th>
          <th scope="col">{t.after}</th>
        </tr>
      </thead>
      <tbody>
        {props.fields.map((field) => {
          const before = field.before_unknown
            ? t.hiddenBefore
            : field.in_words
              ? say(field.in_words.before)
              : plain(field.before, words.empty);
          const after = field.in_words ? say(field.in_words.after) : plain(field.after, words.empty);
          return (
            <tr key={field.field}>
              <th scope="row">
                <span title={field.from ?? undefined}>{field.title ? say(field.title) : field.field}</span>
                {!none && field.applied === false && <Tag style={{ marginInlineStart: 6 }}>{t.notApplied}</Tag>}
              </th>
              <td data-value>
                {before === after || before === '–' ? (
                  <Typography.Text type="secondary">{before}</Typography.Text>
                ) : (
                  <del>{before}</del>
                )}
              </td>
              <td data-value>
                <ins>{after}</ins>
                {alikeInWords(field, say) && <Typography.Text type="secondary"> {t.hiddenDiffers}</Typography.Text>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
