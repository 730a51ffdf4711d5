// The quick buttons: one for each published map, with a swatch of its colours.

import { AREA_COLOURS } from '@styles/areas';
import { ratioClasses } from '@styles/coverage';
import { PEOPLE_COLOURS } from '@styles/population';
import { THEMES, type Theme } from '@styles/tokens';
import { VENDOR_COLOURS } from '@styles/vendors';
import { Label, Radio, RadioGroup } from 'react-aria-components';
import { overlaysOf } from '../../data/catalog';
import { mapName, offeredMaps, type QuickMap, quickMapOf, showing } from '../../view/quickMaps';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';

export function QuickMaps() {
  const { url } = useApp();
  const { catalog, config } = useModel('catalog', 'config');
  const state = useUrl('showsDensity', 'kind', 'overlays', 'theme', 'hours');
  const { text } = useI18n();
  const offered = offeredMaps(catalog ? overlaysOf(catalog) : [], config.hide_users);
  return (
    <RadioGroup
      className="field"
      data-choice="kind"
      value={quickMapOf(state)}
      onChange={(map) => url.choose(showing(map as QuickMap, state))}
    >
      <Label>{text.kind}</Label>
      <div className="kinds">
        {offered.map((map) => (
          <Radio key={map} value={map} className="kind" isDisabled={map === 'users' && state.hours !== null}>
            <span className="swatch" aria-hidden="true" style={{ background: swatch(map, state.theme) }} />
            {mapName(map, text)}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}

function swatch(map: QuickMap, theme: Theme): string {
  switch (map) {
    case 'population':
      return PEOPLE_COLOURS[theme];
    case 'coverage':
      return gradient(ratioClasses().map(({ colour }) => colour));
    case 'vendors':
      return gradient(Object.values(VENDOR_COLOURS[theme]));
    case 'areas':
      return AREA_COLOURS[theme];
    case 'none':
      return 'var(--fill-strong)';
    default:
      return gradient(THEMES[theme].ramps[map]);
  }
}

function gradient(colours: readonly string[]): string {
  return `linear-gradient(to right, ${colours.join(', ')})`;
}
