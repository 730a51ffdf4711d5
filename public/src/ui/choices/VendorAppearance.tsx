// The appearance of vendors: the size of their points, and radius circles on or off.

import { Switch } from 'react-aria-components';
import { MARKER_SIZES } from '../../state/slices/delivery';
import { LabelledSlider } from '../controls/LabelledSlider';
import { useApp, useI18n, useUrl } from '../hooks/context';

export function VendorAppearance() {
  const { url } = useApp();
  const { markerSize, showsRadii } = useUrl('markerSize', 'showsRadii');
  const { text, format } = useI18n();
  return (
    <>
      <Switch
        className="switch"
        data-choice="radii"
        isSelected={showsRadii}
        onChange={(isShown) => url.choose({ showsRadii: isShown })}
      >
        {text.showRadii}
        <span className="switch-track" />
      </Switch>
      <LabelledSlider
        label={text.markerSize}
        name="marker"
        range={MARKER_SIZES}
        value={markerSize}
        shown={format.percent(markerSize)}
        onChange={(size) => url.slide('marker', { markerSize: Math.round(size * 10) / 10 })}
      />
    </>
  );
}
