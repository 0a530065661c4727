/** Fields of one's own: each a name with a value. */
import { MinusCircleOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Flex, Form, Input } from 'antd';

import { useTexts } from '#/texts/language';

import { directoryTexts } from './texts.ts';

export function CustomFields(props: { label: string }) {
  const t = useTexts(directoryTexts);
  return (
    <Form.Item label={props.label}>
      <Form.List name="custom">
        {(rows, { add, remove }) => (
          <Flex vertical gap={8}>
            {rows.map((row, index) => (
              <Flex key={row.key} gap={8} align="baseline">
                <Form.Item
                  name={[row.name, 'name']}
                  rules={[{ required: true, message: t.required }]}
                  style={{ flex: 1, marginBottom: 0 }}
                >
                  <Input autoComplete="off" aria-label={t.customName(index + 1)} placeholder={t.customNameHint} />
                </Form.Item>
                <Form.Item name={[row.name, 'value']} style={{ flex: 2, marginBottom: 0 }}>
                  <Input autoComplete="off" aria-label={t.customValue(index + 1)} placeholder={t.value} />
                </Form.Item>
                <Button
                  type="text"
                  icon={<MinusCircleOutlined />}
                  aria-label={t.customRemove(index + 1)}
                  onClick={() => remove(row.name)}
                />
              </Flex>
            ))}
            <div>
              <Button size="small" icon={<PlusOutlined />} onClick={() => add()}>
                {t.customAdd}
              </Button>
            </div>
          </Flex>
        )}
      </Form.List>
    </Form.Item>
  );
}
