// The coverage functions that run outside the browser: tests/browser/coverageParity.test.mjs, scripts/bench-coverage.mjs.

export { DEFAULT_VENDORS } from '@styles/vendorFilter';
export { OWN_RADIUS } from '../vendors/radius';
export { vendorsOf } from '../vendors/vendorTable';
export { areaGridOf } from './areaGrid';
export { radiusTile } from './circles';
export { DeliveryAreas } from './deliveryAreas';
export { findGaps, medianRadius } from './gaps';
export { packCounts } from './packed';
export { cellFacts, countPairs, coverageTile } from './tile';
