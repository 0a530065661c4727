/** What does a run ask for? One field for each input that the workflow declares; it stands inside a form. */
import { Checkbox, Form, Input, InputNumber, Select, Typography } from 'antd';

import { inputTexts } from '#/texts/parts';
import { useSay, useTexts } from '#/texts/language';

import type { Declared } from './inputs.ts';

function Control(props: { declared: Declared; id?: string; value?: never; onChange?: never }) {
  const t = useTexts(inputTexts);
  const { declared, ...field } = props;
  if (declared.type === 'integer') return <InputNumber {...field} precision={0} style={{ width: 240 }} />;
  if (declared.type === 'enum') {
    return (
      <Select
        {...field}
        allowClear={!declared.required}
        options={declared.values.map((value) => ({ value, label: value }))}
      />
    );
  }
  return <Input {...field} placeholder={declared.type === 'duration' ? t.durationLike : ''} />;
}

export function InputFields(props: { declared: readonly Declared[] }) {
  const t = useTexts(inputTexts);
  const say = useSay();
  return props.declared.map((one) => {
    const label = say(one.label) || one.name;
    const extra = (
      <>
        {one.label && (
          <Typography.Text type="secondary" code data-value>
            {one.name}
          </Typography.Text>
        )}{' '}
        {say(one.description)}
      </>
    );
    if (one.type === 'boolean') {
      return (
        <Form.Item key={one.name} name={one.name} valuePropName="checked" extra={extra}>
          <Checkbox>
            <span data-value>{label}</span>
          </Checkbox>
        </Form.Item>
      );
    }
    return (
      <Form.Item
        key={one.name}
        name={one.name}
        label={<span data-value>{label}</span>}
        extra={extra}
        rules={one.required ? [{ required: true, whitespace: one.type === 'string', message: t.needed(label) }] : []}
      >
        <Control declared={one} />
      </Form.Item>
    );
  });
}
