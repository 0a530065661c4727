/** Can this connection be used? What was looked at, in words, with what to do about each finding. */
import { CheckCircleOutlined, CloseCircleOutlined } from '@ant-design/icons';
import { Alert, Flex, Tag, Typography } from 'antd';

import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { IssueText } from '#/ui/ProblemView';

import type { TestReport } from './queries.ts';
import { connectionTexts } from './texts.ts';

export function TestReportView(props: { report: TestReport }) {
  const t = useTexts(connectionTexts);
  const say = useSay();
  const { report } = props;
  const capabilities = Object.entries(report.capabilities);
  return (
    <Flex vertical gap={8} role="status">
      <Alert
        type={report.ok ? 'success' : 'error'}
        showIcon
        title={report.ok ? t.passed : t.failed}
        description={<Typography.Text type="secondary">{t.calls(count(report.api.calls))}</Typography.Text>}
      />
      {report.findings.map(({ subject, error, fatal }) =>
        error ? (
          <Alert
            key={`${subject} ${error.code}`}
            type={fatal ? 'error' : 'warning'}
            title={<span data-value>{say(error.reason)}</span>}
            description={<IssueText issue={error} withNext={false} />}
          />
        ) : null,
      )}
      {capabilities.length > 0 && (
        <Flex gap={4} wrap aria-label={t.capability}>
          {capabilities.map(([name, can]) => (
            <Tag
              key={name}
              color={can ? 'success' : 'default'}
              icon={can ? <CheckCircleOutlined /> : <CloseCircleOutlined />}
            >
              <span data-value>{name}</span> {can ? t.can : t.cannot}
            </Tag>
          ))}
        </Flex>
      )}
    </Flex>
  );
}
