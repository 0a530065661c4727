/** Where is a webhook called, and how is the caller known? The secret is made here, and shown once. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Descriptions, Flex, Skeleton, Tag, Typography } from 'antd';
import { useState } from 'react';

import { useDeed } from '#/api/stale';
import { usePublicAddress } from '#/features/integration/shared';
import { useSay, useTexts } from '#/texts/language';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';

import { type Hook, type Workflow, hooksQuery, newHookSecret } from './queries.ts';
import { workflowTexts } from './texts.ts';

/** So long the secret before stays good, so that the caller can be given the new one in between. */
const keep = 24 * 3600 * 1000;

/** Where the caller reaches it. */
function Url(props: { url: string }) {
  const t = useTexts(workflowTexts);
  const address = usePublicAddress();
  if (address === undefined) return <Skeleton active title={false} paragraph={{ rows: 1 }} />;
  return (
    <Flex vertical gap={4}>
      <CopyLine value={`${address.origin}${props.url}`} label={t.hookUrl} />
      {!address.known && <Typography.Text type="secondary">{t.hookHere}</Typography.Text>}
    </Flex>
  );
}

function One(props: { hook: Hook }) {
  const { hook } = props;
  const t = useTexts(workflowTexts);
  const say = useSay();
  const [secret, setSecret] = useState<string>();
  const made = useDeed(() => newHookSecret(hook.workflow, hook.path, hook.has_secret ? keep : 0), ['workflow']);
  const refused = hook.refused;
  return (
    <Flex vertical gap={12}>
      <Descriptions
        size="small"
        column={1}
        items={[
          {
            key: 'url',
            label: t.hookUrl,
            children: <Url url={hook.url} />,
          },
          ...((hook.methods ?? []).length === 0
            ? []
            : [
                {
                  key: 'methods',
                  label: t.hookMethods,
                  children: (hook.methods ?? []).map((method) => <Tag key={method}>{method}</Tag>),
                },
              ]),
          { key: 'call', label: t.hookHow, children: <CopyLine value={hook.call} label={t.hookHow} /> },
          {
            key: 'secret',
            label: t.hookSecret,
            children: hook.has_secret ? (
              <span>
                {t.hookSet}
                {hook.old_secret_until && (
                  <>
                    {' · '}
                    {t.hookOld} <Moment time={hook.old_secret_until} />
                  </>
                )}
              </span>
            ) : (
              <Typography.Text type="warning">{t.hookNone}</Typography.Text>
            ),
          },
          ...(refused
            ? [
                {
                  key: 'refused',
                  label: t.hookRefused,
                  children: (
                    <span>
                      <Moment time={refused.at} relative /> <span data-value>{say(refused.why.reason)}</span>
                    </span>
                  ),
                },
              ]
            : []),
        ]}
      />
      {secret !== undefined && (
        <Alert
          type="success"
          showIcon
          title={t.hookOnce}
          description={<CopyLine value={secret} label={t.hookSecret} />}
        />
      )}
      <div>
        <Deed
          permission="workflow:activate"
          {...(hook.has_secret ? { confirm: t.hookSure } : {})}
          onDo={async () => {
            const { secret: fresh } = await made.mutateAsync(undefined);
            setSecret(fresh ?? undefined);
          }}
        >
          {hook.has_secret ? t.hookNew : t.hookFirst}
        </Deed>
      </div>
    </Flex>
  );
}

export function Hooks(props: { workflow: Workflow }) {
  const { workflow } = props;
  const t = useTexts(workflowTexts);
  const hooks = useQuery(hooksQuery(workflow.id));
  return (
    <Card title={<h2 className="part">{t.hooks}</h2>}>
      <Loaded query={hooks} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Typography.Text type="secondary">{t.hooksLater}</Typography.Text>
          ) : (
            <Flex vertical gap={24}>
              {items.map((hook) => (
                <One key={hook.path} hook={hook} />
              ))}
            </Flex>
          )
        }
      </Loaded>
    </Card>
  );
}
