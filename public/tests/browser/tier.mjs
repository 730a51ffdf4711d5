// The tier of a run: `change` proves each fact with the fewest repetitions, `nightly` runs every test and every one of
// its combinations. `run.mjs` sets it.

export const TIERS = ['change', 'nightly'];
const tier = process.env.FOODMAP_TIER ?? 'change';
if (!TIERS.includes(tier)) throw new Error(`FOODMAP_TIER is ${tier}, not one of ${TIERS.join(', ')}`);

export const isNightly = tier === 'nightly';

/** What a test or one of its loops runs over in each tier. */
export const perTier = (change, nightly) => (isNightly ? nightly : change);

/** The options of a test that runs in the tier nightly, and in the tier change only if `isInChange`. */
export function nightlyUnless(isInChange, options = {}) {
  return { ...options, skip: options.skip || (isNightly || isInChange ? false : 'runs in the tier nightly') };
}

/** The options of a test that runs only in the tier nightly. */
export const nightlyOnly = (options) => nightlyUnless(false, options);

/**
 * The tier change runs two combinations, which together have each language, theme and device: `fa`, `night` and a phone;
 * `en`, `day` and a desktop. A repetition may vary only some of these.
 */
export const isInChange = ({ lang, theme, device }) =>
  lang === 'fa' ? theme !== 'day' && device !== 'desktop' : theme !== 'night' && device !== 'phone';
