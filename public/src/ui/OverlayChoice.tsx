// What is laid over density, and of areas which kinds.

import { AREA_KINDS } from '@styles/areas';
import { OVERLAYS } from '@styles/overlays';
import { Checkbox, CheckboxGroup, Label } from 'react-aria-components';
import { overlaysOf } from '../published';
import { DEFAULT_AREA_KINDS } from '../state';
import { useApp, useModel, useUrl, useWords } from './context';

export function OverlayChoice() {
  const { url } = useApp();
  const { catalog } = useModel();
  const { overlays } = useUrl();
  const { text } = useWords();
  const published = catalog ? overlaysOf(catalog) : [];
  if (published.length === 0) return null;
  const shown = overlays.filter((overlay) => published.includes(overlay));
  return (
    <>
      <CheckboxGroup
        className="field"
        data-choice="overlays"
        value={shown}
        onChange={(next) => url.choose({ overlays: OVERLAYS.filter((overlay) => next.includes(overlay)) })}
      >
        <Label>{text.overlays}</Label>
        <div className="chips">
          {published.map((overlay) => (
            <Checkbox key={overlay} value={overlay} className="chip">
              {text.overlayNames[overlay]}
            </Checkbox>
          ))}
        </div>
      </CheckboxGroup>
      {shown.includes('areas') && <AreaKindChoice />}
    </>
  );
}

/** Without any kind there are no areas to show: then they are switched off. */
function AreaKindChoice() {
  const { url } = useApp();
  const { overlays, areaKinds } = useUrl();
  const { text } = useWords();
  const choose = (next: string[]): void => {
    const kinds = AREA_KINDS.filter((kind) => next.includes(kind));
    if (kinds.length > 0) url.choose({ areaKinds: kinds });
    else url.choose({ areaKinds: DEFAULT_AREA_KINDS, overlays: overlays.filter((overlay) => overlay !== 'areas') });
  };
  return (
    <CheckboxGroup className="field" data-choice="areas" value={[...areaKinds]} onChange={choose}>
      <Label>{text.areaKinds}</Label>
      <div className="chips">
        {AREA_KINDS.toReversed().map((kind) => (
          <Checkbox key={kind} value={kind} className="chip">
            {text.areaKindNames[kind]}
          </Checkbox>
        ))}
      </div>
    </CheckboxGroup>
  );
}
