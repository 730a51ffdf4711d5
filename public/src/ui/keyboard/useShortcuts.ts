// Handles keyboard shortcuts with the same actions as the controls.

import type { Overlay } from '@styles/overlays';
import { useEffect, useEffectEvent } from 'react';
import { chooseLayer, overlaysOf } from '../../data/catalog';
import { offeredWindows } from '../../data/timeline';
import { withOverlay } from '../../state/slices/overlays';
import { offeredMaps, showing } from '../../view/quickMaps';
import { useApp, useModel } from '../hooks/context';
import { isPressedBySpace, isTyping, type Shortcut, shortcutOf } from './shortcuts';

export function useShortcuts(isOn: boolean, showHelp: () => void): void {
  const act = useShortcutAction(showHelp);
  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    if (event.defaultPrevented || isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (event.code === 'Space' && isPressedBySpace(event.target)) return;
    const shortcut = shortcutOf(event);
    // The list always opens, because it has the switch that turns the shortcuts on again.
    if (!shortcut || !(isOn || shortcut === 'help')) return;
    event.preventDefault();
    act(shortcut);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(event);
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);
}

function useShortcutAction(showHelp: () => void): (shortcut: Shortcut) => void {
  const { url, goHome, fitToData } = useApp();
  const { catalog, config } = useModel('catalog', 'config');
  const toggle = (overlay: Overlay): void => {
    const { overlays } = url.get();
    if (!(catalog && overlaysOf(catalog).includes(overlay))) return;
    url.choose({ overlays: withOverlay(overlays, overlay, !overlays.includes(overlay)) });
  };
  const step = (by: 1 | -1): void => {
    const layers = catalog ? offeredWindows(catalog) : [];
    const at = layers.findIndex(({ slot }) => slot === chooseLayer(layers, url.get().window)?.slot);
    const next = layers[at + by];
    if (next) url.choose({ window: next.slot });
  };
  const showMap = (index: number): void => {
    const map = catalog && offeredMaps(overlaysOf(catalog), config.hide_users)[index];
    if (map) url.choose(showing(map, url.get()));
  };
  return (shortcut) => {
    switch (shortcut) {
      case 'help':
        return showHelp();
      case 'search':
        return focusSearch();
      case 'view':
        return url.choose({ showsDensity: true, view: url.get().view === 'cells' ? 'heat' : 'cells' });
      case 'vendors':
      case 'coverage':
      case 'areas':
      case 'population':
        return toggle(shortcut);
      case 'earlier':
        return step(-1);
      case 'later':
        return step(1);
      case 'play':
        return document.querySelector<HTMLElement>('[data-shortcut="play"]')?.click();
      case 'home':
        return goHome();
      case 'fit':
        return void fitToData();
      case 'theme':
        return url.choose({ theme: url.get().theme === 'day' ? 'night' : 'day' });
      case 'lang':
        return url.choose({ lang: url.get().lang === 'fa' ? 'en' : 'fa' });
      default:
        return showMap(Number(shortcut.slice('map'.length)) - 1);
    }
  };
}

/** On a phone the search box is in the sheet, which is opened first. */
function focusSearch(): void {
  const box = document.querySelector<HTMLElement>('[data-shortcut="search"]');
  if (box && box.offsetParent === null) document.querySelector<HTMLElement>('.grip')?.click();
  requestAnimationFrame(() => box?.focus());
}
