/** 通知: who is told when something goes wrong, waits, or is well again? */
import { Tabs } from 'antd';

import { oneOf, text, useUrlState } from '#/base/urlstate';
import { useTexts } from '#/texts/language';
import { Page } from '#/ui/Page';

import { MailForm } from './MailForm.tsx';
import { Rules } from './Rules.tsx';
import { Sent } from './Sent.tsx';
import { deliveryStates, notificationTexts } from './texts.ts';

const codec = {
  tab: oneOf(['rules', 'sent', 'mail'], 'rules'),
  rule: text(),
  state: oneOf(['', ...Object.keys(deliveryStates)], ''),
};

export function Component() {
  const t = useTexts(notificationTexts);
  const [state, change] = useUrlState(codec);
  return (
    <Page title={t.title}>
      <Tabs
        activeKey={state.tab}
        destroyOnHidden
        onChange={(tab) => change({ tab: codec.tab.read(tab) ?? 'rules', rule: '', state: '' })}
        items={[
          {
            key: 'rules',
            label: t.tabRules,
            children: <Rules open={state.rule} onOpen={(rule) => change({ rule })} />,
          },
          {
            key: 'sent',
            label: t.tabSent,
            children: <Sent state={state.state} onState={(chosen) => change({ state: chosen })} />,
          },
          { key: 'mail', label: t.tabMail, children: <MailForm /> },
        ]}
      />
    </Page>
  );
}
