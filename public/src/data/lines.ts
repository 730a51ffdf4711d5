// Business lines as published data number them.

/** Rising indices of the chosen lines that there are. Choosing every line is choosing none: the total is published. */
export function lineIndices(chosen: readonly string[], lines: readonly string[]): number[] {
  const indices = chosen.map((line) => lines.indexOf(line)).filter((index) => index >= 0);
  return indices.length === lines.length ? [] : indices.toSorted((a, b) => a - b);
}
