/** Can this connection be used? What was looked at, in words, with what to do about each finding. */
import { CheckCircleOutlined, CloseCircleOutlined } from '@ant-design/icons';
import { Alert, Flex, Tag, Typography } from 'antd';

import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { named } from '#/texts/named';
import { IssueText } from '#/ui/ProblemView';

import type { Setting } from '#/ui/SchemaForm';

import type { TestReport } from './queries.ts';
import { capabilities, connectionTexts } from './texts.ts';

export function TestReportView(props: {
  report: TestReport;
  /** What its connector asks for: settings are called as in the form. */
  settings?: readonly Setting[] | undefined;
  /** Whether it is about values that are not saved. */
  unsaved?: boolean;
}) {
  const t = useTexts(connectionTexts);
  const say = useSay();
  const { report, settings = [] } = props;
  const found = Object.entries(report.capabilities);
  return (
    <Flex vertical gap={8} role="status">
      <Alert
        type={report.ok ? 'success' : 'error'}
        showIcon
        title={report.ok ? t.passed : t.failed}
        description={
          <Typography.Text type="secondary">
            {props.unsaved && `${t.ofUnsaved} `}
            {t.calls(count(report.api.calls))}
          </Typography.Text>
        }
      />
      {report.findings.map(({ subject, error, fatal }) =>
        error ? (
          <Alert
            key={`${subject} ${error.code}`}
            type={fatal ? 'error' : 'warning'}
            title={<span data-value>{say(named(error.reason, settings))}</span>}
            description={<IssueText issue={{ ...error, hint: named(error.hint, settings) }} withNext={false} />}
          />
        ) : null,
      )}
      {found.length > 0 && (
        <Flex gap={4} wrap aria-label={t.capability}>
          {found.map(([name, can]) => (
            <Tag
              key={name}
              color={can ? 'success' : 'default'}
              icon={can ? <CheckCircleOutlined /> : <CloseCircleOutlined />}
            >
              <span data-value>{say(capabilities[name]) || name}</span> {can ? t.can : t.cannot}
            </Tag>
          ))}
        </Flex>
      )}
    </Flex>
  );
}
