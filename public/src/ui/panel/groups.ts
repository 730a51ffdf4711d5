// The groups of the panel, and which of them are open.

import { loadPreference, savePreference } from '../../state/preferences';

export const GROUPS = ['what', 'where', 'when', 'compare', 'vendors', 'coverage', 'areas', 'appearance'] as const;
export type GroupName = (typeof GROUPS)[number];

const OPEN_BY_DEFAULT: readonly GroupName[] = ['what', 'where', 'when', 'vendors', 'appearance'];

export function isGroupOpen(group: GroupName): boolean {
  const open = loadPreference(`open.${group}`);
  return open === null ? OPEN_BY_DEFAULT.includes(group) : open === 'yes';
}

export function saveGroupOpen(group: GroupName, isOpen: boolean): void {
  savePreference(`open.${group}`, isOpen ? 'yes' : 'no');
}
