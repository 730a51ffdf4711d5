// Switches an overlay on and off.

import type { Overlay } from '@styles/overlays';
import type { ReactNode } from 'react';
import { Switch } from 'react-aria-components';
import { overlaysOf } from '../../data/catalog';
import { withOverlay } from '../../state/slices/overlays';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';

/** Whether the overlay is published. */
export function useIsPublished(overlay: Overlay): boolean {
  const { catalog } = useModel('catalog');
  return catalog !== null && overlaysOf(catalog).includes(overlay);
}

/** Without `label`, only screen readers announce the name. */
export function OverlaySwitch({ overlay, label }: { overlay: Overlay; label?: ReactNode }) {
  const { url } = useApp();
  const { overlays } = useUrl('overlays');
  const { text } = useI18n();
  return (
    <div className="overlay-switch" data-choice="overlays">
      <Switch
        className="switch"
        value={overlay}
        aria-label={label ? undefined : text.overlayNames[overlay]}
        isSelected={overlays.includes(overlay)}
        onChange={(isShown) => url.choose({ overlays: withOverlay(overlays, overlay, isShown) })}
      >
        {label}
        <span className="switch-track" />
      </Switch>
    </div>
  );
}
