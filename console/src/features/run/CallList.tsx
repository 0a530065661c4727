/** Which calls did not go well? What was asked, what came, and what the vendor's support needs. */
import { Card, Descriptions, Flex, Typography } from 'antd';

import type { components } from '#/api/contract';
import { duration } from '#/base/time';
import { useLanguage, useTexts } from '#/texts/language';
import { CopyLine } from '#/ui/CopyLine';
import { Moment } from '#/ui/Moment';
import { IssueText } from '#/ui/ProblemView';

import { runTexts } from './texts.ts';

type Call = components['schemas']['Call'];

export function CallList(props: { calls: readonly Call[]; withIssue?: boolean }) {
  const t = useTexts(runTexts);
  const language = useLanguage();
  return (
    <Flex vertical gap={12}>
      {props.calls.map((call) => (
        <Card
          key={`${call.at} ${call.api} ${call.key ?? ''} ${call.attempt ?? 0}`}
          size="small"
          title={
            <Flex gap={12} wrap align="center" data-value>
              <Typography.Text code>{call.api}</Typography.Text>
              {call.code && <Typography.Text type="danger">{call.code}</Typography.Text>}
              <Typography.Text type="secondary">
                <Moment time={call.at} form="full" /> · {duration(call.ms, language)}
              </Typography.Text>
            </Flex>
          }
        >
          <Descriptions
            size="small"
            column={1}
            items={[
              ...(call.text
                ? [
                    {
                      key: 'text',
                      label: t.response,
                      children: (
                        <span data-value className="wrap">
                          {call.text}
                        </span>
                      ),
                    },
                  ]
                : []),
              ...(call.request
                ? [
                    {
                      key: 'request',
                      label: t.request,
                      children: (
                        <code data-value className="wrap">
                          {call.request}
                        </code>
                      ),
                    },
                  ]
                : []),
              ...(call.from_ip
                ? [{ key: 'ip', label: t.fromIp, children: <CopyLine value={call.from_ip} label={t.fromIp} /> }]
                : []),
              ...(call.vendor_trace
                ? [{ key: 'trace', label: t.trace, children: <CopyLine value={call.vendor_trace} label={t.trace} /> }]
                : []),
            ]}
          />
          {props.withIssue && <IssueText issue={call.error} />}
        </Card>
      ))}
    </Flex>
  );
}
