/** What is the first run given? The inputs that the workflow asks for; what a schedule starts later gets what its text says. */
import { Card, Form, Typography } from 'antd';

import { useTexts } from '#/texts/language';
import { InputFields } from '#/ui/InputFields';
import type { Declared } from '#/ui/inputs';

import { templateTexts } from './texts.ts';

export function InputsCard(props: {
  declared: readonly Declared[];
  typed: Readonly<Record<string, unknown>>;
  onTyped: (typed: Record<string, unknown>) => void;
}) {
  const t = useTexts(templateTexts);
  if (props.declared.length === 0) return null;
  return (
    <Card title={<h2 className="part">{t.inputs}</h2>}>
      <Typography.Paragraph type="secondary">{t.inputsAbout}</Typography.Paragraph>
      <Form<Record<string, unknown>>
        layout="vertical"
        component="div"
        initialValues={props.typed}
        onValuesChange={(_, typed) => props.onTyped(typed)}
      >
        <InputFields declared={props.declared} />
      </Form>
    </Card>
  );
}
