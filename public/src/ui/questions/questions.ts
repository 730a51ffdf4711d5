// Three questions that show a newcomer what the map can answer, as choices of the page.

import type { Overlay } from '@styles/overlays';
import { DEFAULT_VENDORS } from '@styles/vendorFilter';
import type { State } from '../../state/state';

export const QUESTIONS = ['demand', 'gap', 'rivals'] as const;
export type Question = (typeof QUESTIONS)[number];

interface Published {
  lines: readonly string[];
  overlays: readonly Overlay[];
}

/** Targets are set by line. Bakeries are few, so the question about them has a clear answer. */
const GAP_LINE = 'Bakery';

export const gapLine = ({ lines }: Pick<Published, 'lines'>): string | undefined =>
  lines.find((line) => line === GAP_LINE) ?? lines[0];

/** The choice that answers a question; `null` where the map does not publish what it needs. */
export function answerTo(question: Question, published: Published): Partial<State> | null {
  const has = (...wanted: Overlay[]): boolean => wanted.every((overlay) => published.overlays.includes(overlay));
  switch (question) {
    case 'demand':
      return { showsDensity: true, kind: 'orders', view: 'cells', overlays: [] };
    case 'gap': {
      const line = gapLine(published);
      if (!(line && has('coverage', 'areas'))) return null;
      return { showsDensity: false, overlays: ['areas'], areaFill: 'gap', lines: [line] };
    }
    case 'rivals':
      if (!has('vendors')) return null;
      return {
        showsDensity: false,
        overlays: ['vendors'],
        vendorFilter: { ...DEFAULT_VENDORS, type: 'snappfood-alone' },
      };
  }
}
