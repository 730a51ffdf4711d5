// Names made equal where people would call them equal; tilegen's `polygons/name.rs` has the same rule.

/** Byte order mark, zero-width space and joiner, marks and embeddings of direction, tatweel: nobody sees them. */
const UNSEEN = /[\uFEFF\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\u0640]|\u200D/g;
/** Every kind of blank is one space; the zero-width non-joiner is a blank too. */
const BLANKS = /[\s\u200C]+/g;

/** As the tiles' `name_norm`: Arabic yeh and kaf are Persian ones. */
export function normaliseName(name: string): string {
  return name.replace(UNSEEN, '').replace(/[يى]/g, 'ی').replace(/ك/g, 'ک').replace(BLANKS, ' ').trim();
}

/** What a reader types, to be found in names: digits of either script and letters of either case are equal. */
export function searchKey(text: string): string {
  return normaliseName(text)
    .replace(/[۰-۹٠-٩]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf))
    .toLowerCase();
}
