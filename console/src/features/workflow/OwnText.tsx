/** A workflow from a text of one's own: pasted, or read from a file. What the compiler finds in it is told before anything is saved. */
import { UploadOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Upload } from 'antd';
import { useNavigate } from 'react-router';

import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { AskForm } from '#/ui/AskForm';
import { useLinks } from '#/ui/zone';

import { allWorkflows, saveNew, validate } from './queries.ts';
import { workflowTexts } from './texts.ts';
import { idIn } from './versions.ts';

/** The text itself, or that of a file. */
function TextField(props: { value?: string; onChange?: (text: string) => void; id?: string }) {
  const t = useTexts(workflowTexts);
  return (
    <>
      <Upload
        accept=".yaml,.yml,.txt"
        showUploadList={false}
        beforeUpload={(file) => {
          void file.text().then((text) => props.onChange?.(text));
          return false;
        }}
      >
        <Button icon={<UploadOutlined aria-hidden />}>{t.ownFile}</Button>
      </Upload>
      <Input.TextArea
        {...(props.id === undefined ? {} : { id: props.id })}
        rows={14}
        spellCheck={false}
        style={{ fontFamily: 'monospace', marginTop: 8 }}
        value={props.value ?? ''}
        onChange={(event) => props.onChange?.(event.target.value)}
      />
    </>
  );
}

export function OwnText(props: { open: boolean; onClose: () => void }) {
  const t = useTexts(workflowTexts);
  const say = useSay();
  const links = useLinks();
  const navigate = useNavigate();
  const client = useQueryClient();
  const saved = useDeed((text: string) => saveNew(text), ['workflow']);
  /** What is wrong with a text; also where another workflow would get a version by it. */
  const faults = async (text: string): Promise<string[]> => {
    const { findings, outline } = await validate(text);
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) return errors.map(({ line, message }) => t.ownFault(String(line), say(message)));
    const id = idIn(outline?.content);
    return id !== undefined && (await allWorkflows(client)).has(id) ? [t.ownTaken(id)] : [];
  };
  return (
    <AskForm<{ text: string }>
      title={t.ownText}
      send={t.ownSave}
      open={props.open}
      onClose={props.onClose}
      onSend={async ({ text }) => navigate(links.workflow((await saved.mutateAsync(text)).id))}
    >
      <Form.Item
        name="text"
        label={t.ownLabel}
        extra={t.ownHelp}
        validateTrigger="onSubmit"
        rules={[
          { required: true, whitespace: true, message: t.ownNeeded },
          {
            validator: async (_, text: string | undefined) => {
              const wrong = text?.trim() ? await faults(text) : [];
              if (wrong.length > 0) throw new Error(wrong.slice(0, 8).join(' · '));
            },
          },
        ]}
      >
        <TextField />
      </Form.Item>
    </AskForm>
  );
}
