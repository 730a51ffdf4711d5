// Delivery areas: the vendors that the settings select, their circles, and the coverage counted from them.
// Holds the result for one set of settings at a time.

import { isShown } from '@styles/vendorFilter';
import { radiusOf } from '../vendors/radius';
import type { Vendor } from '../vendors/vendorTable';
import type { AreaGrid } from './areaGrid';
import { type Coverage, countCoverage } from './count';
import type { CountedGrid } from './rollup';
import type { Circle } from './rule';
import type { CoverageSettings } from './settings';

/** A selected vendor and the circle that it delivers to. */
export interface DeliveryArea {
  vendor: Vendor;
  circle: Circle;
}

export class DeliveryAreas {
  #key = '';
  #selected: readonly DeliveryArea[] = [];
  #counted = new Map<AreaGrid, Coverage>();

  constructor(
    readonly vendors: readonly Vendor[],
    readonly lines: readonly string[],
    readonly grades: readonly string[],
  ) {}

  select(settings: CoverageSettings): readonly DeliveryArea[] {
    const key = JSON.stringify(settings);
    if (key !== this.#key) {
      this.#key = key;
      this.#counted.clear();
      this.#selected = deliveryAreasOf(this, settings);
    }
    return this.#selected;
  }

  count(settings: CoverageSettings, areaGrids: readonly AreaGrid[]): CountedGrid[] {
    const circles = this.select(settings).map(({ circle }) => circle);
    return areaGrids.map((one) => {
      const coverage =
        this.#counted.get(one) ?? countCoverage(one.grid, circles, this.lines.length, this.grades.length);
      this.#counted.set(one, coverage);
      return { coverage, areaGrid: one };
    });
  }
}

function deliveryAreasOf(
  { vendors, lines, grades }: Pick<DeliveryAreas, 'vendors' | 'lines' | 'grades'>,
  { filter, radii }: CoverageSettings,
): DeliveryArea[] {
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
