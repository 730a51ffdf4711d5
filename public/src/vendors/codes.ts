// The codes that a user types or pastes into the vendor filter.

/** Parses pasted codes, separated by whitespace, commas or semicolons, with digits of both scripts. */
export function parseCodes(text: string): string[] {
  const latin = text.replace(/[۰-۹٠-٩]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
  return [...new Set(latin.split(/[\s,;،؛]+/).filter((code) => code !== ''))];
}
