/** The sign-in ended while a page is looked at: over everything, also over forms that stand over a drawer. */
import { Alert, Button, Flex, Modal } from 'antd';
import { useEffect, useState } from 'react';

import { type Me, dropWaitingWrites, useSignInNeeded, useWritesWait, writesWait } from '#/api/session';
import { useTexts } from '#/texts/language';

import { signedInElsewhere } from './elsewhere.ts';
import { SignInForm } from './SignInForm.tsx';
import { shellTexts } from './texts.ts';

/** Forms over a drawer stand at 1200, the largest of antd's own at 1100: nothing may hide that everything waits for this. */
const above = 2000;

/** `before` was signed in; what waits is done as another account only if somebody says so. */
export function SignInAgain(props: { before: Me; onSignedIn: (me: Me) => void }) {
  const t = useTexts(shellTexts);
  const needed = useSignInNeeded();
  const writes = useWritesWait();
  const [other, setOther] = useState<Me>();
  const enter = (me: Me) => {
    setOther(undefined);
    props.onSignedIn(me);
  };
  const entered = (me: Me) => {
    if (me.actor !== props.before.actor && writesWait()) setOther(me);
    else enter(me);
  };
  useEffect(() => {
    // What waited was given up elsewhere, and somebody else is signed in: the page becomes his all the same.
    if (!needed && other) enter(other);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only that nothing waits any more is a reason
  }, [needed]);
  const asks = needed && other === undefined;
  useEffect(
    () => (asks ? signedInElsewhere(entered) : undefined),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- it begins when it is asked, and ends with that
    [asks],
  );
  const drop = (
    <Button
      onClick={() => {
        dropWaitingWrites();
        if (other) enter(other);
      }}
    >
      {t.dropWrites}
    </Button>
  );
  return (
    <Modal
      open={needed}
      zIndex={above}
      title={t.signInAgain}
      footer={null}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      destroyOnHidden
    >
      {other ? (
        <Flex vertical gap={16}>
          <Alert type="warning" showIcon title={t.otherAccount(props.before.actor, other.actor)} />
          <Flex gap={8} wrap>
            <Button type="primary" onClick={() => enter(other)}>
              {t.asOther(other.actor)}
            </Button>
            {drop}
          </Flex>
        </Flex>
      ) : (
        <>
          <p>{writes ? t.signInWrites : t.signInKept}</p>
          <SignInForm over name={props.before.account?.name} onSignedIn={entered} />
          {writes && drop}
        </>
      )}
    </Modal>
  );
}
