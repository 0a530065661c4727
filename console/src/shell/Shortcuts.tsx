/** Keys: `/` to the search field, `g r` to the runs, `?` for the list. They rest in fields and during composition. */
import { Flex, Modal, Typography } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';

import { now } from '#/base/time';
import { useTexts } from '#/texts/language';
import { useLinks } from '#/ui/zone';

import { shellTexts } from './texts.ts';

export function Shortcuts() {
  const t = useTexts(shellTexts);
  const links = useLinks();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const went = useRef(0);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const where = event.target instanceof HTMLElement ? event.target : document.body;
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (where.closest('input, textarea, select, [contenteditable=true], [role=dialog]')) return;
      const after = now() - went.current < 1000;
      went.current = 0;
      if (event.key === 'g') went.current = now();
      else if (after && event.key === 'r') void navigate(links.runs());
      else if (after && event.key === 'p') void navigate(links.people());
      else if (after && event.key === 'o') void navigate(links.overview());
      else if (event.key === '?') setOpen(true);
      else if (event.key === '/') {
        const field = document.querySelector<HTMLInputElement>('#page [role=search] input');
        if (field) {
          event.preventDefault();
          field.focus();
        }
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [links, navigate]);
  const keys: [string, string][] = [
    ['/', t.shortcutSearch],
    ['g r', t.shortcutRuns],
    ['g p', t.shortcutPeople],
    ['g o', t.shortcutOverview],
    ['?', t.shortcutHelp],
  ];
  return (
    <Modal open={open} title={t.shortcuts} footer={null} onCancel={() => setOpen(false)}>
      <Flex vertical gap={8}>
        {keys.map(([key, what]) => (
          <Flex key={key} gap={12}>
            <Typography.Text keyboard style={{ minWidth: 56 }}>
              {key}
            </Typography.Text>
            {what}
          </Flex>
        ))}
      </Flex>
    </Modal>
  );
}
