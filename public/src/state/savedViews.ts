// Views that the user has saved under a name, in this browser. A view is the fragment of a link.

import * as v from 'valibot';
import { loadPreference, savePreference } from './preferences';

export interface SavedView {
  name: string;
  /** Begins with `#`. */
  hash: string;
}

const NAME = 'views';
const schema = v.array(v.object({ name: v.string(), hash: v.string() }));

/** In the order in which they were saved; nothing if what is stored cannot be read. */
export function loadViews(): SavedView[] {
  try {
    return v.parse(schema, JSON.parse(loadPreference(NAME) ?? '[]'));
  } catch {
    return [];
  }
}

/** A view with the same name is replaced. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  return [...views.filter(({ name }) => name !== view.name), view];
}

export function saveViews(views: readonly SavedView[]): void {
  savePreference(NAME, JSON.stringify(views));
}
