// What is shown, in plain words, always in sight; a screen reader hears each change of it.

import { summaryOf } from '../summary';
import { useModel, useUrl, useWords } from './context';
import { useShownFilter, useVendorCounts } from './vendorCounts';

export function Summary() {
  const state = useUrl();
  const model = useModel();
  const words = useWords();
  const vendorFilter = useShownFilter();
  const counts = useVendorCounts();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div className="summary" role="status" aria-label={words.text.summary} tabIndex={0}>
      {summaryOf({ ...state, vendorFilter }, model, counts, words).map(([about, sentence]) => (
        <p key={about} data-about={about}>
          {sentence}
        </p>
      ))}
    </div>
  );
}
