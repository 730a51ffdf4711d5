// The map buttons and the scale bar.

import { Button } from 'react-aria-components';
import { roundScale } from '../../i18n/format';
import { canLocate } from '../../map/userPlace';
import { cellSideM } from '../../tiles/cells';
import { Frame, Home, Locate, Minus, Plus } from '../controls/icons';
import { useApp, useI18n, useStore } from '../hooks/context';

export function MapButtons() {
  const { view, goHome, goToUser, fitToData } = useApp();
  const { text } = useI18n();
  return (
    <div className="buttons card">
      <Button aria-label={text.zoomIn} onPress={() => view.map.zoomIn()}>
        <Plus />
      </Button>
      <Button aria-label={text.zoomOut} onPress={() => view.map.zoomOut()}>
        <Minus />
      </Button>
      <Button aria-label={text.home} onPress={goHome}>
        <Home />
      </Button>
      <Button aria-label={text.fit} onPress={() => void fitToData()}>
        <Frame />
      </Button>
      {canLocate() && (
        <Button className="react-aria-Button locate" aria-label={text.locate} onPress={() => void goToUser()}>
          <Locate />
        </Button>
      )}
    </div>
  );
}

const LONGEST_PX = 110;
/** At zoom 0 the world is 512 px wide, so a pixel is nine levels below a tile. */
const PIXEL_LEVELS = 9;

export function ScaleBar() {
  const { view } = useApp();
  const { text, format } = useI18n();
  const { zoom, lat } = useStore(view.camera);
  const metresPerPx = cellSideM(zoom + PIXEL_LEVELS, lat);
  const length = roundScale(LONGEST_PX * metresPerPx);
  const label = format.length(length);
  return (
    <section aria-label={text.scaleName}>
      <div
        className="scale"
        role="img"
        aria-label={text.scale(label)}
        data-metres={length}
        style={{ inlineSize: length / metresPerPx }}
      >
        {label}
      </div>
    </section>
  );
}
