// The distance rule of coverage, span by span, number for number as in tilegen/src/vendors/coverage.rs.

/** Mean radius of the earth, in metres (requirements 2; IUGG). */
export const EARTH_RADIUS_M = 6_371_008.8;

/** What a vendor reaches: all within a radius of its position. */
export interface Circle {
  /** In degrees. */
  lng: number;
  lat: number;
  radiusM: number;
  /** Indices of its business line and its grade. */
  line: number;
  grade: number;
}

/** Degrees as radians, rounded as tilegen rounds them. */
export const radians = (degrees: number): number => degrees * (Math.PI / 180);

/** Centre of a cell: the middle of its square on the Web-Mercator map, in degrees. */
export function centreOf(level: number, column: number, row: number): { lng: number; lat: number } {
  const side = 2 ** level;
  const north = Math.PI * (1 - (2 * (row + 0.5)) / side);
  return {
    lng: ((column + 0.5) / side) * 360 - 180,
    lat: Math.atan(Math.sinh(north)) * (180 / Math.PI),
  };
}

/** Whether the great-circle distance to a place is at most the radius. */
export function covers(circle: Circle, place: { lng: number; lat: number }): boolean {
  const lat = radians(place.lat);
  return new Crossing(new Disc(circle), lat, Math.cos(lat)).holds(radians(place.lng));
}

/** Longitude of a column's middle in radians, to tilegen's last bit. The world's two edges are one. */
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
    const halfReach = Math.sin(Math.min(radiusM / (2 * EARTH_RADIUS_M), Math.PI / 2));
    this.lng = radians(lng);
    this.lat = radians(lat);
    this.cosine = Math.cos(this.lat);
    this.limit = halfReach * halfReach;
  }
}

/** A circle and a parallel: the part of the rule that does not depend on the longitude. Angles are in radians. */
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

  /** Haversines are compared, not distances: they grow with the distance. */
  holds(lng: number): boolean {
    const halfDlngSine = Math.sin((lng - this.#lng) / 2);
    return this.#ofLat + this.#cosines * halfDlngSine * halfDlngSine <= this.#limit;
  }

  /**
   * The first cell of a row of `side` cells that is covered and the first behind it that is not; `null` if no cell is.
   * Columns may lie beyond either edge of the world. `angleOf` is `columnAngle` or a table of it.
   */
  span(side: number, angleOf: (column: number) => number): [first: number, end: number] | null {
    const room = this.#limit - this.#ofLat;
    if (room < 0) return null;
    const share = room / this.#cosines;
    if (share >= 1) return [0, side];
    const at = ((this.#lng + Math.PI) / (2 * Math.PI)) * side;
    const half = ((2 * Math.asin(Math.sqrt(share))) / (2 * Math.PI)) * side;
    // The vendor's own column and its neighbours are the nearest of all; beyond them the distance only grows, so the
    // ends are found from wherever the computation put them.
    const [west, east] = [Math.floor(at) - 1, Math.floor(at) + 1];
    let first = Math.min(Math.ceil(at - half - 0.5), east);
    while (this.holds(angleOf(first - 1)) && Math.trunc(at) - first < side) first -= 1;
    while (first <= east && !this.holds(angleOf(first))) first += 1;
    let last = Math.max(Math.floor(at + half - 0.5), west);
    while (this.holds(angleOf(last + 1)) && last - first < side) last += 1;
    while (last >= west && !this.holds(angleOf(last))) last -= 1;
    return first <= last ? [first, Math.min(last + 1, first + side)] : null;
  }
}

/** Southernmost and northernmost latitude reached, in degrees, a little too far rather than not far enough. */
export function reachOfLatitudes({ lat, radiusM }: Circle): [south: number, north: number] {
  const reach = (radiusM / EARTH_RADIUS_M) * (180 / Math.PI) * (1 + 1e-9) + 1e-9;
  return [lat - reach, lat + reach];
}
