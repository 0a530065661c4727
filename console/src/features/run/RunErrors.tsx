/** What is there to mend? Errors grouped: what to do first, then how many, each with the way to its items. */
import { Card, Flex, Typography } from 'antd';
import { Link } from 'react-router';

import { useSay, useTexts } from '#/texts/language';
import { IssueText } from '#/ui/ProblemView';
import { useLinks } from '#/ui/zone';

import type { Run } from './queries.ts';
import { runTexts } from './texts.ts';

export function RunErrors(props: { run: Run }) {
  const t = useTexts(runTexts);
  const say = useSay();
  const links = useLinks();
  const { run } = props;
  if (run.errors.length === 0) return null;
  return (
    <Card size="small" title={<h2 className="part">{t.errorGroups}</h2>}>
      <Flex vertical gap={16}>
        {run.errors.map((group) => (
          <Flex vertical gap={4} key={`${group.error.code} ${group.error.reason.en}`}>
            <Flex gap={12} wrap align="baseline">
              <Typography.Text strong data-value>
                {say(group.error.reason)}
              </Typography.Text>
              <Link to={links.run(run.run, { tab: 'items', code: group.error.code })} data-value>
                {t.errorTimes(group.count, group.first_name)}
              </Link>
            </Flex>
            {/* Of several people each has another holder: the form is opened from the item. */}
            <IssueText issue={group.error} withNext={group.count === 1 || group.error.next?.kind !== 'add_link'} />
          </Flex>
        ))}
      </Flex>
    </Card>
  );
}
