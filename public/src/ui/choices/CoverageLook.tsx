// The look of coverage: opacity, and the size and blur of its cells.

import { PLAIN_COVERAGE } from '@styles/coverage';
import { Button } from 'react-aria-components';
import { BLURS, OPACITIES, POINT_SIZES } from '../../state/slices/coverage';
import { LabelledSlider } from '../controls/LabelledSlider';
import { useApp, useI18n, useUrl } from '../hooks/context';

const RANGES = { opacity: OPACITIES, size: POINT_SIZES, blur: BLURS } as const;

export function CoverageLook() {
  const { url } = useApp();
  const { coverageLook } = useUrl('coverageLook');
  const { text, format } = useI18n();
  const parts = Object.keys(RANGES) as (keyof typeof RANGES)[];
  const isPlain = parts.every((part) => coverageLook[part] === PLAIN_COVERAGE[part]);
  return (
    <>
      {parts.map((part) => (
        <LabelledSlider
          key={part}
          label={text.coverageLook[part]}
          name={`cover-${part}`}
          range={RANGES[part]}
          value={coverageLook[part]}
          shown={format.percent(coverageLook[part])}
          onChange={(value) => url.follow({ coverageLook: { ...coverageLook, [part]: Math.round(value * 100) / 100 } })}
        />
      ))}
      <Button
        className="quiet reset"
        data-reset="coverage-look"
        isDisabled={isPlain}
        onPress={() => url.choose({ coverageLook: PLAIN_COVERAGE })}
      >
        {text.plainCoverage}
      </Button>
    </>
  );
}
