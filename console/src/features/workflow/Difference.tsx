/** What does one version of a workflow do otherwise than another? In words, one line each. */
import { useQuery } from '@tanstack/react-query';
import { Button, Flex, Typography } from 'antd';
import { useState } from 'react';

import { read } from '#/api/client';
import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';

import { workflowTexts } from './texts.ts';

/** So many are shown at first. */
const few = 10;

/** Two versions never change, and neither does what differs between them. */
function differenceQuery(id: string, from: number, to: number) {
  return {
    ...read('/workflows/{id}/difference', { path: { id }, query: { from, to } }),
    staleTime: Number.POSITIVE_INFINITY,
  };
}

export function Difference(props: { workflow: string; before: number; after: number }) {
  const t = useTexts(workflowTexts);
  const say = useSay();
  const [all, setAll] = useState(false);
  const asked = useQuery(differenceQuery(props.workflow, props.before, props.after));
  return (
    <Loaded query={asked} rows={2}>
      {({ lines }) => {
        const label = t.differs(String(props.before), String(props.after));
        if (lines.length === 0) return <Typography.Text type="secondary">{t.sameMeaning}</Typography.Text>;
        return (
          <Flex vertical gap={4} align="start">
            <ul aria-label={label} style={{ margin: 0, paddingInlineStart: 20 }}>
              {(all ? lines : lines.slice(0, few)).map(({ path, words }) => (
                <li key={`${path.join(' ')} ${words.en}`} data-value>
                  {say(words)}
                </li>
              ))}
            </ul>
            {!all && lines.length > few && (
              <Button type="link" size="small" onClick={() => setAll(true)}>
                {t.allDifferences(count(lines.length))}
              </Button>
            )}
          </Flex>
        );
      }}
    </Loaded>
  );
}
