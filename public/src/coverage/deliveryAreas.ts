// Who reaches what: the vendors that the settings choose, their circles, and the coverage counted from them.
// One settings at a time; what was computed for the ones before is forgotten.

import { isShown } from '@styles/vendorFilter';
import { radiusOf } from '../vendors/radius';
import type { Vendor } from '../vendors/vendorTable';
import type { Places } from './areaGrid';
import { type Coverage, countCoverage } from './count';
import type { CountedGrid } from './rollup';
import type { Circle } from './rule';
import type { ReachSettings } from './settings';

/** A vendor that the settings choose, and what it reaches. */
export interface Reacher {
  vendor: Vendor;
  circle: Circle;
}

export class Reach {
  #key = '';
  #reachers: readonly Reacher[] = [];
  #counted = new Map<Places, Coverage>();

  constructor(
    readonly vendors: readonly Vendor[],
    readonly lines: readonly string[],
    readonly grades: readonly string[],
  ) {}

  reachers(settings: ReachSettings): readonly Reacher[] {
    const key = JSON.stringify(settings);
    if (key !== this.#key) {
      this.#key = key;
      this.#counted.clear();
      this.#reachers = reachersOf(this, settings);
    }
    return this.#reachers;
  }

  count(settings: ReachSettings, places: readonly Places[]): CountedGrid[] {
    const circles = this.reachers(settings).map(({ circle }) => circle);
    return places.map((one) => {
      const coverage =
        this.#counted.get(one) ?? countCoverage(one.grid, circles, this.lines.length, this.grades.length);
      this.#counted.set(one, coverage);
      return { coverage, places: one };
    });
  }
}

function reachersOf(
  { vendors, lines, grades }: Pick<Reach, 'vendors' | 'lines' | 'grades'>,
  { filter, radii }: ReachSettings,
): Reacher[] {
  const [lineOf, gradeOf] = [lines, grades].map((names) => new Map(names.map((name, i) => [name, i])));
  return vendors
    .filter((vendor) => isShown(filter, vendor))
    .map((vendor) => ({
      vendor,
      circle: {
        lng: vendor.lng,
        lat: vendor.lat,
        radiusM: radiusOf({ radiusM: vendor.radius_m, grade: vendor.grade }, radii),
        line: lineOf?.get(vendor.line) ?? -1,
        grade: gradeOf?.get(vendor.grade) ?? -1,
      },
    }));
}
