/** One step as a form: its names and the rules of its mapping. Each change is an edit by path, which touches its lines only. */
import { Alert, Button, Card, Flex, Form, Table, Typography } from 'antd';

import type { components } from '#/api/contract';
import { useSay, useTexts } from '#/texts/language';
import { cards } from '#/ui/cards';

import type { TextEdit } from './queries.ts';
import { type Rule, rulesOf } from './rules.ts';
import { mappedFields, workflowTexts } from './texts.ts';
import { TriggerForm } from './TriggerForm.tsx';
import { Typed } from './Typed.tsx';

type Node = components['schemas']['GraphNode'];

export function NodeForm(props: {
  node: Node;
  /** All of them: some share a mapping. */
  nodes: readonly Node[];
  content: unknown;
  /** Whether the text has changed since that was read from it. */
  busy: boolean;
  onEdit: (edits: TextEdit[]) => void;
  onShow: () => void;
}) {
  const t = useTexts(workflowTexts);
  const say = useSay();
  const { node } = props;
  const set = (path: TextEdit['path'], value: unknown) => props.onEdit([{ path, kind: 'set', value }]);
  const rules = node.map ? rulesOf(props.content, node.map) : [];
  const sharing = props.nodes.filter(({ id, map }) => map && map === node.map && id !== node.id);
  return (
    <Card
      size="small"
      title={
        <h2 className="part">
          {t.edit} <span data-value>{say(node.title)}</span>
        </h2>
      }
      extra={<Button onClick={props.onShow}>{t.showText}</Button>}
    >
      <Flex vertical gap={8}>
        {node.kind === 'trigger' ? (
          <TriggerForm node={node} content={props.content} busy={props.busy} onEdit={props.onEdit} />
        ) : (
          <Typography.Text type="secondary" data-value>
            {node.uses} {node.connection ?? node.alias ?? ''}
          </Typography.Text>
        )}
        {node.kind !== 'trigger' && (
          <Form layout="vertical" component="div">
            <Form.Item label={t.titleZh} htmlFor="node-zh">
              <Typed id="node-zh" value={node.title.zh} onDone={(zh) => set(['steps', node.id, 'name', 'zh'], zh)} />
            </Form.Item>
            <Form.Item label={t.titleEn} htmlFor="node-en">
              <Typed id="node-en" value={node.title.en} onDone={(en) => set(['steps', node.id, 'name', 'en'], en)} />
            </Form.Item>
          </Form>
        )}
        {rules.length > 0 && sharing.length > 0 && (
          <Alert
            type="info"
            showIcon
            title={<span data-value>{t.sharedMapping(sharing.map(({ title }) => say(title)).join(t.comma))}</span>}
          />
        )}
        {rules.length > 0 && (
          <Table<Rule>
            aria-label={t.mapping}
            className="cards"
            size="small"
            pagination={false}
            rowKey="field"
            dataSource={rules}
            columns={cards<Rule>([
              {
                title: t.field,
                key: 'field',
                render: (_, { field }) => (
                  <Flex gap={8} align="baseline" wrap>
                    {say(mappedFields[field])}
                    <Typography.Text code>{field}</Typography.Text>
                  </Flex>
                ),
              },
              {
                title: t.rule,
                key: 'rule',
                render: (_, rule) => (
                  <Typed
                    id={`rule-${rule.field}`}
                    label={`${t.rule} ${rule.field}`}
                    value={rule.value}
                    onDone={(value) => set(rule.path, value)}
                  />
                ),
              },
            ])}
          />
        )}
      </Flex>
    </Card>
  );
}
