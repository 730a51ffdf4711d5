// The timeline functions that run outside the browser: scripts/ask-timeline.mjs.

export { TimelineArchives } from './archives';
export { countTile } from './cellCounts';
export { TimelineEngine } from './engine';
export { Frames } from './frames';
