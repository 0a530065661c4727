/** The page before the pages: a card with the product's name, language and theme. */
import { Card, Flex, Typography } from 'antd';
import { type ReactNode, useEffect } from 'react';

import { useTexts } from '#/texts/language';

import { LanguageButton, ThemeButton } from './Choices.tsx';
import { shellTexts } from './texts.ts';

export function DoorPage(props: { title: string; children: ReactNode }) {
  const t = useTexts(shellTexts);
  useEffect(() => {
    document.title = `${props.title} · idflow`;
  }, [props.title]);
  return (
    <Flex
      vertical
      align="center"
      justify="center"
      gap={16}
      style={{ minHeight: '100vh', padding: 16 }}
      component="main"
    >
      <Card style={{ width: 420, maxWidth: '100%' }}>
        <Flex vertical gap={4} style={{ marginBottom: 16 }}>
          <Typography.Title level={1} style={{ margin: 0, fontSize: 24 }}>
            {props.title}
          </Typography.Title>
          <Typography.Text type="secondary">{t.tagline}</Typography.Text>
        </Flex>
        {props.children}
      </Card>
      <Flex gap={8}>
        <LanguageButton />
        <ThemeButton />
      </Flex>
    </Flex>
  );
}
