// Single keys, and the button that opens their list; they can be switched off.

import { lazy, Suspense, useState } from 'react';
import { Button } from 'react-aria-components';
import { keep, kept } from '../../state/preferences';
import { Keys } from '../controls/icons';
import { useWords } from '../hooks/context';
import { useShortcuts } from './useShortcuts';

/** Only who asks for it pays for it. */
const KeyboardSheet = lazy(() => import('./KeyboardSheet'));

export function KeyboardHelp() {
  const { text } = useWords();
  const [isOn, setOn] = useState(() => kept('keys') !== 'off');
  const [isOpen, setOpen] = useState(false);
  useShortcuts(isOn, () => setOpen(true));
  const choose = (next: boolean): void => {
    keep('keys', next ? 'on' : 'off');
    setOn(next);
  };
  return (
    <>
      <Button className="quiet icon" aria-label={text.keys} aria-haspopup="dialog" onPress={() => setOpen(true)}>
        <Keys />
      </Button>
      {isOpen && (
        <Suspense>
          <KeyboardSheet isOn={isOn} onChoose={choose} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
