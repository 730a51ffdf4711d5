// Switches the growth map on and off.

import { ToggleButton } from 'react-aria-components';
import { FIRST_GROWTH, showingGrowth } from '../../../state/slices/growth';
import { useApp, useI18n, useUrl } from '../../hooks/context';

export function GrowthButton() {
  const { url } = useApp();
  const { growth } = useUrl('growth');
  const { text } = useI18n();
  return (
    <ToggleButton
      className="preset"
      data-action="growth"
      aria-label={`${text.growth}: ${text.growthHint}`}
      isSelected={growth !== null}
      onChange={(isOn) => url.choose(isOn ? showingGrowth(FIRST_GROWTH) : { growth: null })}
    >
      {text.growth}
    </ToggleButton>
  );
}
