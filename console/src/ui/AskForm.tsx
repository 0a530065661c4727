/** A form in a window: its fields, what the server refused beside them, and the button that sends it. */
import { Button, Flex, Form, type FormInstance, Modal } from 'antd';
import { type ReactNode, useEffect, useRef, useState } from 'react';

import { fieldErrors } from '#/api/problem';
import { Dropped, dropWaitingWrites } from '#/api/session';
import { rebased } from '#/base/rebase';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';

import { ProblemView } from './ProblemView.tsx';

export function AskForm<T extends object>(props: {
  title: string;
  send: string;
  open: boolean;
  initial?: Partial<T>;
  onClose: () => void;
  onSend: (given: T) => Promise<unknown>;
  /** Where somebody else changed the object meanwhile: takes it as it is now, and says what stands in the fields then. */
  onAnew?: () => Partial<T>;
  /** Stands in the window as long as there is not what the fields need. */
  instead?: ReactNode;
  children: ReactNode;
}) {
  const t = useTexts(common);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const say = useSay();
  const form = useRef<FormInstance<T>>(null);
  const sending = useRef(false);
  // What stood in the fields at first: what differs from it was typed.
  const first = useRef(props.initial);
  const { initial, onAnew, instead } = props;
  const asks = props.open && instead === undefined;
  useEffect(() => {
    if (asks) first.current = initial;
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- what comes later was not in the fields
  }, [asks]);
  const anew =
    onAnew &&
    (() => {
      const after = onAnew();
      const typed: Partial<T> = form.current?.getFieldsValue(true) ?? {};
      form.current?.setFieldsValue(rebased<T>(typed, first.current ?? {}, after));
      first.current = after;
      setError(undefined);
    });
  // What is left while it waits for a sign-in is not done after it.
  useEffect(
    () => () => {
      if (sending.current) dropWaitingWrites();
    },
    [],
  );
  const close = () => {
    if (sending.current) dropWaitingWrites();
    setError(undefined);
    props.onClose();
  };
  /** What the server refused stands beside the field that it is about. */
  const mark = (wrong: unknown) => {
    const refused = fieldErrors(wrong);
    for (const { name } of form.current?.getFieldsError() ?? []) {
      const last = String(name.at(-1));
      const reason = refused.get(last) ?? refused.get(`fields.${last}`);
      if (reason) form.current?.setFields([{ name, errors: [say(reason)] } as never]);
    }
  };
  const send = async (given: T) => {
    setBusy(true);
    setError(undefined);
    sending.current = true;
    try {
      await props.onSend(given);
      sending.current = false;
      close();
    } catch (wrong) {
      if (!(wrong instanceof Dropped)) setError(wrong);
      mark(wrong);
    } finally {
      sending.current = false;
      setBusy(false);
    }
  };
  return (
    <Modal open={props.open} title={props.title} footer={null} onCancel={close} destroyOnHidden>
      {instead ?? (
        <Form<T>
          ref={form}
          layout="vertical"
          preserve={false}
          {...(initial ? { initialValues: initial } : {})}
          onFinish={(given) => void send(given)}
        >
          {props.children}
          {error !== undefined && <ProblemView error={error} onAnew={anew} />}
          <Flex gap={8} style={{ marginTop: 16 }}>
            <Button type="primary" htmlType="submit" loading={busy}>
              {props.send}
            </Button>
            <Button onClick={close}>{t.cancel}</Button>
          </Flex>
        </Form>
      )}
    </Modal>
  );
}
