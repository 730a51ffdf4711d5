// Undo, redo and saved views.

import { lazy, Suspense, useEffect, useEffectEvent } from 'react';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { Bookmark, Redo, Undo } from '../controls/icons';
import { useApp, useI18n, useStore } from '../hooks/context';
import { isTyping } from '../keyboard/shortcuts';

/** Loaded on demand. */
const SavedViews = lazy(() => import('./SavedViews'));

export function ViewTools() {
  const { url } = useApp();
  const { text } = useI18n();
  const { canUndo, canRedo } = useStore(url.steps);
  useUndoKeys();
  return (
    <div className="view-tools">
      <Button className="quiet icon" aria-label={text.undo} isDisabled={!canUndo} onPress={() => url.undo()}>
        <Undo />
      </Button>
      <Button className="quiet icon" aria-label={text.redo} isDisabled={!canRedo} onPress={() => url.redo()}>
        <Redo />
      </Button>
      <DialogTrigger>
        <Button className="quiet icon" aria-label={text.savedViews}>
          <Bookmark />
        </Button>
        <Popover className="popover views" offset={6}>
          <Dialog aria-label={text.savedViews}>
            {({ close }) => (
              <Suspense>
                <SavedViews onDone={close} />
              </Suspense>
            )}
          </Dialog>
        </Popover>
      </DialogTrigger>
    </div>
  );
}

/** The keys of every editor. They have a modifier, so the switch of single-key shortcuts does not concern them. */
function useUndoKeys(): void {
  const { url } = useApp();
  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    const { code, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (!(ctrlKey || metaKey) || altKey || isTyping(event.target)) return;
    if (code === 'KeyZ' && !shiftKey) url.undo();
    else if (code === 'KeyY' || code === 'KeyZ') url.redo();
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(event);
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);
}
