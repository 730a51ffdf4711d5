// The groups of the panel, and which of them the reader keeps open: a habit of theirs, kept by the browser.
// It is not part of the picture, so it is not part of an address that is passed on.

export const GROUPS = ['what', 'where', 'when', 'vendors', 'coverage', 'areas', 'look'] as const;
export type GroupName = (typeof GROUPS)[number];

const OPEN_AT_FIRST: readonly GroupName[] = ['what', 'where', 'when', 'look'];

const keyOf = (group: GroupName): string => `foodmap.open.${group}`;

export function isGroupOpen(group: GroupName): boolean {
  const kept = attempt(() => localStorage.getItem(keyOf(group)));
  return kept === null ? OPEN_AT_FIRST.includes(group) : kept === 'yes';
}

export function keepGroup(group: GroupName, isOpen: boolean): void {
  attempt(() => localStorage.setItem(keyOf(group), isOpen ? 'yes' : 'no'));
}

/** A browser may forbid storage; then nothing is kept, and nothing else is lost. */
function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}
