// What is shown, in plain words, always in sight; a screen reader hears each change of it.

import { type Sentence, summaryOf } from '../summary';
import { useModel, useUrl, useWords } from './context';
import { useShownFilter, useVendorCounts } from './vendorCounts';

/** The sentences of what is shown now. */
export function useSummary(): Sentence[] {
  const state = useUrl();
  const model = useModel();
  const words = useWords();
  const vendorFilter = useShownFilter();
  const counts = useVendorCounts();
  return summaryOf({ ...state, vendorFilter }, model, counts, words);
}

export function Summary() {
  const { text } = useWords();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div className="summary" role="status" aria-label={text.summary} tabIndex={0}>
      {useSummary().map(([about, sentence]) => (
        <p key={about} data-about={about}>
          {sentence}
        </p>
      ))}
    </div>
  );
}
