/** A form over an object that stays open when it was saved: its fields, what the server refused, and its button. */
import { App, Button, Flex, Form } from 'antd';
import { type CSSProperties, type ReactNode, useState } from 'react';

import { common } from '#/texts/common';
import { useTexts } from '#/texts/language';

import type { Held } from './held.ts';
import { ProblemView } from './ProblemView.tsx';

export function HeldForm<T, V extends object>(props: {
  held: Held<T, V>;
  /** Sends what stands in the fields; gives the object as it is then. */
  onSave: (given: V) => Promise<T>;
  /** Said after it was saved. */
  done: string;
  style?: CSSProperties;
  /** Stands beside the button. */
  beside?: ReactNode;
  children: ReactNode;
}) {
  const { held, onSave, done } = props;
  const words = useTexts(common);
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const save = async (given: V) => {
    setBusy(true);
    setError(undefined);
    try {
      held.sent(given, await onSave(given));
      message.success(done);
    } catch (wrong) {
      setError(wrong);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form<V>
      layout="vertical"
      {...(props.style ? { style: props.style } : {})}
      form={held.form}
      initialValues={held.first}
      onValuesChange={held.typed}
      onFinish={(given) => void save(given)}
    >
      {props.children}
      {error !== undefined && (
        <ProblemView
          error={error}
          onAnew={() => {
            held.anew();
            setError(undefined);
          }}
        />
      )}
      <Flex gap={8} style={{ marginTop: 16 }}>
        <Button type="primary" htmlType="submit" loading={busy}>
          {words.save}
        </Button>
        {props.beside}
      </Flex>
    </Form>
  );
}
