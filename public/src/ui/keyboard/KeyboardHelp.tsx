// Keyboard shortcuts, and the button that opens their list.

import { lazy, Suspense, useState } from 'react';
import { Button } from 'react-aria-components';
import { loadPreference, savePreference } from '../../state/preferences';
import { Keys } from '../controls/icons';
import { useI18n } from '../hooks/context';
import { useShortcuts } from './useShortcuts';

/** Loaded on demand. */
const KeyboardSheet = lazy(() => import('./KeyboardSheet'));

export function KeyboardHelp() {
  const { text } = useI18n();
  const [isOn, setOn] = useState(() => loadPreference('keys') !== 'off');
  const [isOpen, setOpen] = useState(false);
  useShortcuts(isOn, () => setOpen(true));
  const choose = (next: boolean): void => {
    savePreference('keys', next ? 'on' : 'off');
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
