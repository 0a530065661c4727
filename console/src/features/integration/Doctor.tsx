/** The close look: can it be used, what is wrong and what to do, and what each secret may do by which answer? */
import { Alert, Card, Descriptions, Flex, Typography } from 'antd';

import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { CopyLine } from '#/ui/CopyLine';
import { Moment } from '#/ui/Moment';
import { IssueText } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';

import type { Ability, Report } from './queries.ts';
import { integrationTexts, memberFields, verdicts } from './texts.ts';

export function Abilities(props: { abilities: readonly Ability[] }) {
  const t = useTexts(integrationTexts);
  const say = useSay();
  return (
    <Card size="small" title={<h2 className="part">{t.abilities}</h2>}>
      <table className="diff cards-plain" aria-label={t.abilities}>
        <thead>
          <tr>
            <th scope="col">{t.ability}</th>
            <th scope="col">{t.verdict}</th>
            <th scope="col">{t.evidence}</th>
            <th scope="col">{t.remedy}</th>
          </tr>
        </thead>
        <tbody>
          {props.abilities.map((row) => (
            <tr key={`${row.capability} ${row.credential}`}>
              <th scope="row">
                {say(row.title)}
                <br />
                <Typography.Text type="secondary">{say(row.credential_title)}</Typography.Text>
              </th>
              <td data-label={t.verdict}>
                <StateTag state={row.verdict} of={verdicts} />
              </td>
              <td data-label={t.evidence}>
                {row.call ? (
                  <code data-value>
                    {row.call}
                    {row.code === null || row.code === undefined ? '' : ` → ${row.code}`}
                  </code>
                ) : (
                  '—'
                )}
              </td>
              <td data-label={t.remedy} data-value>
                {row.remedy ? say(row.remedy.hint) : '—'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

export function Doctor(props: { report: Report }) {
  const { report } = props;
  const t = useTexts(integrationTexts);
  const say = useSay();
  const wrong = report.findings.filter(({ error }) => error);
  const facts = [
    ...(report.range ? [{ key: 'range', label: t.range, children: <span data-value>{say(report.range)}</span> }] : []),
    ...(report.hidden.length > 0
      ? [
          {
            key: 'hidden',
            label: t.hidden,
            children: (
              <span data-value>{report.hidden.map((name) => say(memberFields[name]) || name).join(t.join)}</span>
            ),
          },
        ]
      : []),
  ];
  return (
    <Flex vertical gap={16}>
      <Alert
        role="status"
        type={report.ok ? (wrong.length > 0 ? 'warning' : 'success') : 'error'}
        showIcon
        title={report.ok ? (wrong.length > 0 ? t.usableBut(wrong.length) : t.usable) : t.unusable}
        description={
          <Typography.Text type="secondary">
            {t.lastChecked} <Moment time={report.at} relative /> · {t.calls(count(report.api.calls))}
          </Typography.Text>
        }
      />
      {wrong.map(({ subject, error, fatal }) =>
        error ? (
          <Alert
            key={`${subject} ${error.code} ${error.reason.en}`}
            type={fatal ? 'error' : 'warning'}
            showIcon
            title={<span data-value>{say(error.reason)}</span>}
            description={
              <span data-value>
                <IssueText issue={error} withNext={false} />
              </span>
            }
          />
        ) : null,
      )}
      {report.addresses.length > 0 && (
        <Card size="small" title={<h2 className="part">{t.addresses}</h2>}>
          <ul className="plain">
            {report.addresses.map(({ address, credential, at }) => (
              <li key={`${address} ${credential}`}>
                <CopyLine value={address} label={t.addresses} />
                <span data-value>{t.addressFor(credential)}</span>
                <Moment time={at} relative />
              </li>
            ))}
          </ul>
        </Card>
      )}
      {facts.length > 0 && <Descriptions size="small" column={1} items={facts} />}
      {report.abilities.length > 0 && <Abilities abilities={report.abilities} />}
    </Flex>
  );
}
