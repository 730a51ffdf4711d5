// What the browser keeps of a reader's habits: theirs alone, and no part of an address that is passed on.

export function loadPreference(name: string): string | null {
  return attempt(() => localStorage.getItem(`foodmap.${name}`));
}

export function savePreference(name: string, value: string): void {
  attempt(() => localStorage.setItem(`foodmap.${name}`, value));
}

/** A browser may forbid storage; then nothing is kept, and nothing else is lost. */
function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}
