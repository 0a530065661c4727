/** Which accounts does the workflow work with? Picked, or added in place; one choice serves all nodes of a system. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Flex, Radio, Spin, Typography } from 'antd';
import { Suspense, useState } from 'react';

import { ConnectionForm, ConnectionState, connectionsQuery } from '#/features/connection/shared';
import { useSay, useTexts } from '#/texts/language';
import { Loaded } from '#/ui/Loaded';

import { builtIn } from './TemplatesPage.tsx';
import type { Template } from './queries.ts';
import { apps, templateTexts } from './texts.ts';

/** The names of a text that somebody has to choose a connection for. */
export function asked(template: Template) {
  return template.connections.filter(({ type }) => !builtIn.has(type));
}

function One(props: {
  connector: string;
  chosen: string | undefined;
  onChoose: (name: string, added: boolean) => void;
}) {
  const t = useTexts(templateTexts);
  const say = useSay();
  const connections = useQuery(connectionsQuery());
  const [adding, setAdding] = useState<boolean>();
  const system = say(apps[props.connector]) || props.connector;
  return (
    <Card title={<h2 className="part">{system}</h2>}>
      <Typography.Paragraph type="secondary">{t.all(system)}</Typography.Paragraph>
      <Loaded query={connections}>
        {({ items }) => {
          const offered = items.filter(({ connector }) => connector === props.connector);
          const add = adding ?? offered.length === 0;
          return (
            <Flex vertical gap={16}>
              <Radio.Group
                aria-label={t.pick}
                value={add ? '' : props.chosen}
                onChange={(event) => {
                  const name = String(event.target.value);
                  setAdding(name === '');
                  if (name !== '') props.onChoose(name, false);
                }}
              >
                <Flex vertical gap={8}>
                  {offered.map((one) => (
                    <Radio key={one.name} value={one.name}>
                      <span data-value>{one.title || one.name}</span>{' '}
                      <Typography.Text type="secondary" code data-value>
                        {one.name}
                      </Typography.Text>{' '}
                      <ConnectionState connection={one} />
                    </Radio>
                  ))}
                  <Radio value="">{t.addHere}</Radio>
                </Flex>
              </Radio.Group>
              {add && (
                <Suspense fallback={<Spin />}>
                  <ConnectionForm
                    only={props.connector}
                    onAdded={({ name }) => {
                      setAdding(false);
                      props.onChoose(name, true);
                    }}
                  />
                </Suspense>
              )}
            </Flex>
          );
        }}
      </Loaded>
    </Card>
  );
}

export function ConnectionStep(props: {
  template: Template;
  chosen: Readonly<Record<string, string>>;
  /** `added`: it was made just now, so that nobody has to confirm it once more. */
  onChoose: (alias: string, name: string, added: boolean) => void;
}) {
  const t = useTexts(templateTexts);
  const wanted = asked(props.template);
  if (wanted.length === 0) return <Alert type="info" title={t.nothingToConnect} />;
  return (
    <Flex vertical gap={16}>
      {wanted.map(({ alias, type }) => (
        <One
          key={alias}
          connector={type}
          chosen={props.chosen[alias]}
          onChoose={(name, added) => props.onChoose(alias, name, added)}
        />
      ))}
    </Flex>
  );
}
