// Preferences of the user, stored in the browser. They are not part of the URL, so they are not shared.

export function loadPreference(name: string): string | null {
  return attempt(() => localStorage.getItem(`foodmap.${name}`));
}

export function savePreference(name: string, value: string): void {
  attempt(() => localStorage.setItem(`foodmap.${name}`, value));
}

/** A browser may block storage. Then preferences are not saved, and everything else works. */
function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}
