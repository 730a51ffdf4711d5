// Business lines by their index in published data.

/** The ascending indices of the chosen lines. If all lines are chosen the list is empty, because the total is published. */
export function lineIndices(chosen: readonly string[], lines: readonly string[]): number[] {
  const indices = chosen.map((line) => lines.indexOf(line)).filter((index) => index >= 0);
  return indices.length === lines.length ? [] : indices.toSorted((a, b) => a - b);
}
