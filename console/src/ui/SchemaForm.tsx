/** What does a connector ask for? Drawn from its table alone: title, unit, pattern, where to find each value, secret or not. */
import { LinkOutlined } from '@ant-design/icons';
import { Button, Collapse, Flex, Form, Input, InputNumber, Select, Typography } from 'antd';
import { useState } from 'react';

import type { components } from '#/api/contract';
import type { Refusal } from '#/api/problem';
import { common } from '#/texts/common';
import { schemaFormTexts as words } from '#/texts/parts';
import { useSay, useTexts } from '#/texts/language';

import { Moment } from './Moment.tsx';
import { type Given, badShape, isAsked, over, shapeOf, typedInto, valueOf } from './schema.ts';

export type Setting = components['schemas']['Setting'];
type SecretSet = components['schemas']['SecretSet'];

export interface SchemaFormProps {
  settings: readonly Setting[];
  /** What was typed; the rest is as it is saved. */
  typed: Given;
  /** What is saved. */
  saved?: Readonly<Record<string, string>>;
  /** Secrets that the connection has already. */
  secrets?: readonly SecretSet[];
  /** What the server said of each field. */
  wrong?: ReadonlyMap<string, Refusal['reason']>;
  /** Whether what is missing is told: after the first try to go on. */
  strict?: boolean;
  onChange: (typed: Given) => void;
}

function Field(props: SchemaFormProps & { setting: Setting; given: Given }) {
  const { setting, given } = props;
  const t = useTexts(words);
  const again = useTexts(common);
  const say = useSay();
  const [left, setLeft] = useState(false);
  const known = setting.secret ? props.secrets?.find(({ name }) => name === setting.name) : undefined;
  const value = valueOf(setting, given);
  const replacing = known === undefined || given.secrets[setting.name] !== undefined;
  const change = (text: string | undefined) => props.onChange(typedInto(props.typed, setting, text, props.saved ?? {}));
  const id = `setting-${setting.name}`;
  const refused =
    props.wrong?.get(setting.name) ?? props.wrong?.get(`${setting.secret ? 'secrets' : 'settings'}.${setting.name}`);
  const bad = left || props.strict ? badShape(setting, value, known !== undefined && !replacing) : undefined;
  const shape = bad === 'shape' ? shapeOf(setting.pattern) : undefined;
  const shaped =
    shape === undefined
      ? ''
      : 'digits' in shape
        ? t.shapeDigits(...shape.digits)
        : t.shapeBegins(shape.begins.join(t.or));
  const fault = refused ? say(refused) : bad ? t[bad] + shaped : undefined;
  const shared = {
    id,
    'aria-describedby': `${id}-help`,
    onBlur: () => setLeft(true),
    ...(fault ? { status: 'error' as const } : {}),
  };
  const preset = (setting.choices ?? []).filter((one) => one.value === setting.default).map((one) => say(one.title))[0];
  const unit = setting.unit ? { suffix: say(setting.unit) } : {};
  const field = () => {
    if (setting.secret && !replacing) {
      return (
        <Flex gap={8} align="center" wrap>
          <Typography.Text type="secondary">
            {t.set}
            {known?.set && (
              <>
                {' · '}
                {t.setAt} <Moment time={known.set} />
              </>
            )}
          </Typography.Text>
          <Button size="small" onClick={() => change('')} aria-label={`${t.replace} ${say(setting.title)}`}>
            {t.replace}
          </Button>
        </Flex>
      );
    }
    if (setting.secret) {
      return (
        <Flex gap={8}>
          <Input
            {...shared}
            type="password"
            autoComplete="new-password"
            value={value}
            onChange={(event) => change(event.target.value)}
          />
          {known && <Button onClick={() => change(undefined)}>{t.keep}</Button>}
        </Flex>
      );
    }
    if (setting.kind === 'choice') {
      return (
        <Select
          {...shared}
          value={value === '' ? null : value}
          allowClear={!setting.required}
          placeholder={preset}
          options={(setting.choices ?? []).map((choice) => ({ value: choice.value, label: say(choice.title) }))}
          onChange={(chosen) => change(chosen ?? '')}
        />
      );
    }
    if (setting.kind === 'number') {
      return (
        <InputNumber
          {...shared}
          {...unit}
          style={{ width: 240, maxWidth: '100%' }}
          value={value === '' ? null : value}
          stringMode
          {...(setting.min === null || setting.min === undefined ? {} : { min: String(setting.min) })}
          {...(setting.max === null || setting.max === undefined ? {} : { max: String(setting.max) })}
          placeholder={setting.default ?? ''}
          onChange={(number) => change(number ?? '')}
        />
      );
    }
    // Texts, addresses, folders, and kinds that a newer server knows.
    return (
      <Input
        {...shared}
        {...unit}
        value={value}
        placeholder={setting.default ?? ''}
        onChange={(event) => change(event.target.value)}
      />
    );
  };
  return (
    <Form.Item
      label={
        <span>
          {say(setting.title)}
          {!setting.required && <Typography.Text type="secondary"> {t.optional}</Typography.Text>}
        </span>
      }
      htmlFor={id}
      required={setting.required}
      {...(fault ? { validateStatus: 'error' as const } : {})}
      extra={
        <div id={`${id}-help`}>
          {fault && (
            <div role="alert">
              <Typography.Text type="danger">{fault}</Typography.Text>
            </div>
          )}
          {setting.find ? (
            <span>
              {t.find}
              <Typography.Text
                copyable={{ text: say(setting.find), tooltips: [again.copy, again.copied] }}
                type="secondary"
              >
                {say(setting.find)}
              </Typography.Text>{' '}
              {setting.link && (
                <Typography.Link href={setting.link} target="_blank" rel="noreferrer" underline className="icon-link">
                  <LinkOutlined aria-hidden />
                  <span>{t.open}</span>
                </Typography.Link>
              )}
            </span>
          ) : (
            say(setting.doc)
          )}
        </div>
      }
    >
      {field()}
    </Form.Item>
  );
}

export function SchemaForm(props: SchemaFormProps) {
  const t = useTexts(words);
  const given = over(props.saved ?? {}, props.typed);
  const asked = props.settings.filter((setting) => isAsked(setting, props.settings, given));
  const usual = asked.filter(({ advanced }) => !advanced);
  const advanced = asked.filter((setting) => setting.advanced);
  const touched = advanced.some(({ name }) => props.wrong?.has(name) || given.settings[name] !== undefined);
  return (
    <Form layout="vertical" component="div">
      {usual.map((setting) => (
        <Field key={setting.name} {...props} given={given} setting={setting} />
      ))}
      {advanced.length > 0 && (
        <Collapse
          ghost
          defaultActiveKey={touched ? ['more'] : []}
          items={[
            {
              key: 'more',
              label: t.more,
              children: advanced.map((setting) => (
                <Field key={setting.name} {...props} given={given} setting={setting} />
              )),
            },
          ]}
        />
      )}
    </Form>
  );
}
