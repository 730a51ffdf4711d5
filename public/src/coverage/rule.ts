// The distance rule of coverage. It gives exactly the same results as tilegen's coverage rule.

/** Mean radius of the earth, in metres (IUGG). */
export const EARTH_RADIUS_M = 6_371_008.8;

/** The delivery area of a vendor: everything within a radius of its position. */
export interface Circle {
  /** In degrees. */
  lng: number;
  lat: number;
  radiusM: number;
  /** The indices of its business line and its grade. */
  line: number;
  grade: number;
}

/** Converts degrees to radians with the same rounding as tilegen. */
export const radians = (degrees: number): number => degrees * (Math.PI / 180);

/** The centre of a cell: the middle of its Web Mercator square, in degrees. */
export function centreOf(level: number, column: number, row: number): { lng: number; lat: number } {
  const side = 2 ** level;
  const north = Math.PI * (1 - (2 * (row + 0.5)) / side);
  return {
    lng: ((column + 0.5) / side) * 360 - 180,
    lat: Math.atan(Math.sinh(north)) * (180 / Math.PI),
  };
}

/** Whether the great-circle distance to a point is at most the radius. */
export function covers(circle: Circle, place: { lng: number; lat: number }): boolean {
  const lat = radians(place.lat);
  return new Crossing(new Disc(circle), lat, Math.cos(lat)).contains(radians(place.lng));
}

/** The longitude of a column's middle in radians, equal to tilegen's to the last bit. Columns wrap at the antimeridian. */
export function columnAngle(column: number, side: number): number {
  return radians((((((column % side) + side) % side) + 0.5) / side) * 360 - 180);
}

/** A circle in radians, and the haversine of its radius. */
export class Disc {
  readonly lng: number;
  readonly lat: number;
  readonly cosine: number;
  readonly limit: number;

  constructor({ lng, lat, radiusM }: Circle) {
    const halfSine = Math.sin(Math.min(radiusM / (2 * EARTH_RADIUS_M), Math.PI / 2));
    this.lng = radians(lng);
    this.lat = radians(lat);
    this.cosine = Math.cos(this.lat);
    this.limit = halfSine * halfSine;
  }
}

/** A circle and a parallel: the part of the rule that is independent of the longitude. Angles are in radians. */
export class Crossing {
  readonly #lng: number;
  readonly #ofLat: number;
  readonly #cosines: number;
  readonly #limit: number;

  constructor({ lng, lat: own, cosine: ownCosine, limit }: Disc, lat: number, cosine: number) {
    const halfDlatSine = Math.sin((lat - own) / 2);
    this.#lng = lng;
    this.#ofLat = halfDlatSine * halfDlatSine;
    this.#cosines = cosine * ownCosine;
    this.#limit = limit;
  }

  /** Compares haversines instead of distances, because they grow with the distance. */
  contains(lng: number): boolean {
    const halfDlngSine = Math.sin((lng - this.#lng) / 2);
    return this.#ofLat + this.#cosines * halfDlngSine * halfDlngSine <= this.#limit;
  }

  /**
   * The first covered cell of a row of `side` cells, and the first uncovered cell after it; `null` if none is covered.
   * Columns may lie beyond the antimeridian. `angleOf` is `columnAngle` or a lookup table of its values.
   */
  span(side: number, angleOf: (column: number) => number): [first: number, end: number] | null {
    const room = this.#limit - this.#ofLat;
    if (room < 0) return null;
    const share = room / this.#cosines;
    if (share >= 1) return [0, side];
    const at = ((this.#lng + Math.PI) / (2 * Math.PI)) * side;
    const half = ((2 * Math.asin(Math.sqrt(share))) / (2 * Math.PI)) * side;
    // The vendor's own column and its neighbours are the nearest. Beyond them the distance only grows, so stepping
    // from the estimate finds both ends.
    const [west, east] = [Math.floor(at) - 1, Math.floor(at) + 1];
    let first = Math.min(Math.ceil(at - half - 0.5), east);
    while (this.contains(angleOf(first - 1)) && Math.trunc(at) - first < side) first -= 1;
    while (first <= east && !this.contains(angleOf(first))) first += 1;
    let last = Math.max(Math.floor(at + half - 0.5), west);
    while (this.contains(angleOf(last + 1)) && last - first < side) last += 1;
    while (last >= west && !this.contains(angleOf(last))) last -= 1;
    return first <= last ? [first, Math.min(last + 1, first + side)] : null;
  }
}

/** The southernmost and northernmost latitude of a circle in degrees, rounded outwards. */
export function latitudeRange({ lat, radiusM }: Circle): [south: number, north: number] {
  const degrees = (radiusM / EARTH_RADIUS_M) * (180 / Math.PI) * (1 + 1e-9) + 1e-9;
  return [lat - degrees, lat + degrees];
}
