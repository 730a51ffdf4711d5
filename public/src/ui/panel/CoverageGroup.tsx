// The coverage group: switch, what is counted, appearance, and gaps.

import { lineName } from '../../i18n/texts';
import { coverageLine, coverageLines, isCoverageComputed } from '../../view/overlayStyle';
import { linesOf } from '../../view/summary';
import { CoverageAppearance } from '../choices/CoverageAppearance';
import { OverlaySwitch, useIsPublished } from '../choices/OverlaySwitch';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { useShownVendors } from '../hooks/useShownVendors';
import { GapList } from '../lists/GapList';
import { Group } from './Group';

export function CoverageGroup() {
  const isPublished = useIsPublished('coverage');
  const { overlays } = useUrl('overlays');
  if (!isPublished) return null;
  const isOn = overlays.includes('coverage');
  return (
    <Group name="coverage" aside={<OverlaySwitch overlay="coverage" />}>
      <CountedHint />
      {isOn && (
        <>
          <CountedOf />
          <CoverageAppearance />
          <GapList />
        </>
      )}
    </Group>
  );
}

/** One chosen line is compared with its targets. Otherwise all vendors are counted. */
function CountedHint() {
  const state = useUrl('lines');
  const { overlays } = useModel('overlays');
  const { text, format } = useI18n();
  const tiles = overlays.find(({ overlay }) => overlay === 'coverage');
  const line = coverageLine(state, overlays);
  return line === null ? (
    <>
      <p className="hint">{text.coverageTotal(linesOf(state, { lines: tiles?.lines ?? [] }, { text, format }))}</p>
      <p className="hint">{text.coverageHint}</p>
    </>
  ) : (
    <p className="hint">{text.coverageRatio(lineName(text, tiles?.lines[line] ?? ''))}</p>
  );
}

/** Whether the map shows the published counts or counts computed from the current filter and radii. */
function CountedOf() {
  const state = useUrl();
  const model = useModel('vendorTable', 'config', 'overlays');
  const { text, format } = useI18n();
  const shown = useShownVendors();
  if (!shown) return null;
  const isOfEveryLine = coverageLines(state, model.overlays).length === 0;
  const counted = shown.vendors.filter(({ line }) => isOfEveryLine || state.lines.includes(line));
  const isLive = isCoverageComputed({ ...state, vendorFilter: shown.chosen }, model);
  return (
    <p className="hint" data-counted={isLive ? 'here' : 'published'}>
      {isLive ? text.coverageCounted(format.number(counted.length)) : text.coveragePublished}
    </p>
  );
}
