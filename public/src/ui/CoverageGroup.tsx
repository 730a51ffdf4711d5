// Coverage: on or off, and what its colours count.

import { coverageLine } from '../drawing';
import { lineName } from '../i18n';
import { useModel, useUrl, useWords } from './context';
import { Group } from './Group';
import { OverlaySwitch, useIsPublished } from './OverlaySwitch';

export function CoverageGroup() {
  const isPublished = useIsPublished('coverage');
  if (!isPublished) return null;
  return (
    <Group name="coverage" aside={<OverlaySwitch overlay="coverage" />}>
      <CountedHint />
    </Group>
  );
}

/** One chosen line is held against its targets; else all vendors are counted. */
function CountedHint() {
  const state = useUrl();
  const { overlays } = useModel();
  const { text } = useWords();
  const tiles = overlays.find(({ overlay }) => overlay === 'coverage');
  const line = coverageLine(state, overlays);
  return line === null ? (
    <>
      <p className="hint">{text.coverageTotal}</p>
      <p className="hint">{text.coverageHint}</p>
    </>
  ) : (
    <p className="hint">{text.coverageRatio(lineName(text, tiles?.lines[line] ?? ''))}</p>
  );
}
