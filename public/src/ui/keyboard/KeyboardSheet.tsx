// The list of keyboard shortcuts, with a switch to turn them off. Escape closes it.

import { useEffect, useRef } from 'react';
import { Button, Switch } from 'react-aria-components';
import { overlaysOf } from '../../data/catalog';
import type { Text } from '../../i18n/texts';
import { mapName, offeredMaps } from '../../view/quickMaps';
import { Cross } from '../controls/icons';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { KEYS, SHORTCUTS, type Shortcut } from './shortcuts';

interface KeyboardSheetProps {
  isOn: boolean;
  onChoose(isOn: boolean): void;
  onClose(): void;
}

/** The native dialog traps the focus and restores it on close. */
export default function KeyboardSheet({ isOn, onChoose, onClose }: KeyboardSheetProps) {
  const { lang } = useUrl('lang');
  const { text } = useI18n();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="keys" aria-label={text.keys} onClose={onClose}>
      <header>
        <h2>{text.keys}</h2>
        <Button className="quiet icon" aria-label={text.close} onPress={() => dialog.current?.close()}>
          <Cross />
        </Button>
      </header>
      <Switch className="switch" data-choice="keys" isSelected={isOn} onChange={onChoose}>
        {text.keysSwitch}
        <span className="switch-track" />
      </Switch>
      <KeyList />
      <p className="hint">{text.keysMap}</p>
      <p className="hint">{text.keysHint}</p>
      <a className="guide-link" href={`/guide.${lang}.html`}>
        {text.guide}
      </a>
    </dialog>
  );
}

function KeyList() {
  const { catalog, config } = useModel('catalog', 'config');
  const { text } = useI18n();
  const maps = catalog ? offeredMaps(overlaysOf(catalog), config.hide_users) : [];
  const rows = SHORTCUTS.flatMap((name) => {
    const label = labelOf(
      name,
      maps.map((map) => mapName(map, text)),
      text,
    );
    return label === null ? [] : [{ name, label }];
  });
  return (
    <dl className="key-list">
      {rows.map(({ name, label }) => (
        <div key={name} data-key={name}>
          <dt>
            <kbd dir="ltr">{KEYS[name].print}</kbd>
          </dt>
          <dd>{label}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The keys of unpublished maps do nothing, so they are not listed. */
function labelOf(name: Shortcut, maps: readonly string[], text: Text): string | null {
  if (!isMapKey(name)) return text.keyNames[name];
  return maps[Number(name.slice('map'.length)) - 1] ?? null;
}

function isMapKey(name: Shortcut): name is Extract<Shortcut, `map${string}`> {
  return /^map\d$/.test(name);
}
