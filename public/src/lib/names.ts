// Normalises names, so that spellings of the same name become equal. tilegen has the same rule.

/** Invisible characters: byte order mark, zero-width space and joiner, directional marks and embeddings, tatweel. */
const INVISIBLE = /[\uFEFF\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\u0640]|\u200D/g;
/** Runs of whitespace and zero-width non-joiners become one space. */
const WHITESPACE = /[\s\u200C]+/g;

/** The same as the tiles' `name_norm`: Arabic yeh and kaf become Persian ones. */
export function normaliseName(name: string): string {
  return name.replace(INVISIBLE, '').replace(/[يى]/g, 'ی').replace(/ك/g, 'ک').replace(WHITESPACE, ' ').trim();
}

/** Normalises text for search: digits of both scripts and letters of both cases are equal. */
export function searchKey(text: string): string {
  return normaliseName(text)
    .replace(/[۰-۹٠-٩]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf))
    .toLowerCase();
}
