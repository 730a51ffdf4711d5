// The appearance of coverage: opacity, and the size and blur of its cells.

import { PLAIN_COVERAGE } from '@styles/coverage';
import { Button } from 'react-aria-components';
import { BLURS, OPACITIES, POINT_SIZES } from '../../state/slices/coverage';
import { LabelledSlider } from '../controls/LabelledSlider';
import { useApp, useI18n, useUrl } from '../hooks/context';

const RANGES = { opacity: OPACITIES, size: POINT_SIZES, blur: BLURS } as const;

export function CoverageAppearance() {
  const { url } = useApp();
  const { coverageAppearance } = useUrl('coverageAppearance');
  const { text, format } = useI18n();
  const parts = Object.keys(RANGES) as (keyof typeof RANGES)[];
  const isPlain = parts.every((part) => coverageAppearance[part] === PLAIN_COVERAGE[part]);
  return (
    <>
      {parts.map((part) => (
        <LabelledSlider
          key={part}
          label={text.coverageAppearance[part]}
          name={`cover-${part}`}
          range={RANGES[part]}
          value={coverageAppearance[part]}
          shown={format.percent(coverageAppearance[part])}
          onChange={(value) =>
            url.slide(`coverage-${part}`, {
              coverageAppearance: { ...coverageAppearance, [part]: Math.round(value * 100) / 100 },
            })
          }
        />
      ))}
      <Button
        className="quiet reset"
        data-reset="coverage-appearance"
        isDisabled={isPlain}
        onPress={() => url.choose({ coverageAppearance: PLAIN_COVERAGE })}
      >
        {text.plainCoverage}
      </Button>
    </>
  );
}
