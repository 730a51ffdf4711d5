// The sheet for a picture: heading, map, legends and attribution, laid out off screen.

import { useEffect, useEffectEvent, useRef } from 'react';
import { createPortal } from 'react-dom';
import { download } from '../../export/file';
import { takePicture } from '../../export/picture';
import { pictureName } from '../../export/pictureName';
import { dividerX } from '../../map/compareMap';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { Legends } from '../legend/Legend';
import { OverlayLegend } from '../legend/OverlayLegend';
import { SideName } from '../map/Compare';
import { ScaleBar } from '../map/MapControls';
import { useSummary } from '../panel/Summary';

/** Takes the picture after layout, then calls `onTaken` with the error or null. */
export default function PictureSheet({ onTaken }: { onTaken(error: unknown): void }) {
  const { view } = useApp();
  const { compare } = useUrl('compare');
  const sheet = useRef<HTMLElement>(null);
  const name = pictureName(useUrl(), useModel('dataset', 'catalog'));
  const take = useEffectEvent(async (): Promise<void> => {
    if (!sheet.current) return;
    download({ name, blob: await takePicture(sheet.current, view, compare) });
  });
  const done = useEffectEvent(onTaken);
  useEffect(() => {
    take().then(() => done(null), done);
  }, []);
  const { clientWidth: width, clientHeight: height } = view.map.getContainer();
  return createPortal(
    <section ref={sheet} className="picture" aria-hidden="true" inert style={{ width }}>
      <Heading />
      <div className="picture-map" data-place="map" style={{ height }}>
        <ScaleBar />
        <Sides />
      </div>
      <div className="picture-legends">
        <Legends />
        <OverlayLegend />
      </div>
      <Credits />
    </section>,
    document.body,
  );
}

function Heading() {
  const { text } = useI18n();
  return (
    <header>
      <h2>{text.title}</h2>
      {useSummary().sentences.map(([about, sentence]) => (
        <p key={about}>{sentence}</p>
      ))}
    </header>
  );
}

function Sides() {
  const { view } = useApp();
  const { showsDensity, compare } = useUrl('showsDensity', 'compare');
  if (!(showsDensity && compare)) return null;
  return (
    <div className="picture-sides" style={{ left: dividerX(view, compare) }}>
      <SideName side="main" />
      <SideName side="compared" />
    </div>
  );
}

/** When the data was built, when the picture was taken, and the attribution of the map. */
function Credits() {
  const { view } = useApp();
  const { dataset } = useModel('dataset');
  const { text, format } = useI18n();
  const credit = view.map.getContainer().querySelector('.maplibregl-ctrl-attrib-inner')?.textContent;
  return (
    <footer>
      {dataset && <p>{text.builtAt(format.moment(dataset.layer.built_at))}</p>}
      <p>{text.pictureTaken(format.moment(new Date().toISOString()))}</p>
      {credit && <p dir="ltr">{credit}</p>}
    </footer>
  );
}
