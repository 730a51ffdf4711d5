// What checks outside the browser run of coverage: tests/browser/recount.test.mjs and scripts/bench-coverage.mjs.

export { USUAL_VENDORS } from '@styles/vendorFilter';
export { packCounts } from '../packed';
export { OWN_RADIUS } from '../radius';
export { vendorsOf } from '../vendorTable';
export { radiusTile } from './circles';
export { findNeeds, medianRadius } from './needs';
export { placesOf } from './places';
export { Reach } from './reach';
export { cellFacts, countPairs, coverageTile } from './tile';
