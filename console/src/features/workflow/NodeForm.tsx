/** One step as a form: its names and the rules of its mapping. Each change is an edit by path, which touches its lines only. */
import { Button, Card, Flex, Form, Input, Table, Typography } from 'antd';
import { useState } from 'react';

import type { components } from '#/api/contract';
import { useSay, useTexts } from '#/texts/language';
import { cards } from '#/ui/cards';

import type { TextEdit } from './queries.ts';
import { type Rule, rulesOf } from './rules.ts';
import { workflowTexts } from './texts.ts';

type Node = components['schemas']['GraphNode'];

/** A field that sends what was typed when it is left. */
function Typed(props: { id: string; label?: string; value: string; onDone: (value: string) => void }) {
  const [typed, setTyped] = useState(props.value);
  const [seen, setSeen] = useState(props.value);
  if (seen !== props.value) {
    setSeen(props.value);
    setTyped(props.value);
  }
  const done = () => {
    if (typed !== props.value) props.onDone(typed);
  };
  return (
    <Input
      id={props.id}
      {...(props.label ? { 'aria-label': props.label } : {})}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={done}
      onPressEnter={done}
    />
  );
}

export function NodeForm(props: {
  node: Node;
  content: unknown;
  onEdit: (edits: TextEdit[]) => void;
  onShow: () => void;
}) {
  const t = useTexts(workflowTexts);
  const say = useSay();
  const { node } = props;
  const set = (path: TextEdit['path'], value: unknown) => props.onEdit([{ path, kind: 'set', value }]);
  const rules = node.map ? rulesOf(props.content, node.map) : [];
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
        <Typography.Text type="secondary" data-value>
          {node.uses} {node.connection ?? node.alias ?? ''}
        </Typography.Text>
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
                render: (_, rule) => <Typography.Text code>{rule.field}</Typography.Text>,
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
