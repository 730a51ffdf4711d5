// The groups of the panel, and which of them the reader keeps open.

import { keep, kept } from '../../state/preferences';

export const GROUPS = ['what', 'where', 'when', 'compare', 'vendors', 'coverage', 'areas', 'look'] as const;
export type GroupName = (typeof GROUPS)[number];

const OPEN_AT_FIRST: readonly GroupName[] = ['what', 'where', 'when', 'look'];

export function isGroupOpen(group: GroupName): boolean {
  const open = kept(`open.${group}`);
  return open === null ? OPEN_AT_FIRST.includes(group) : open === 'yes';
}

export function keepGroup(group: GroupName, isOpen: boolean): void {
  keep(`open.${group}`, isOpen ? 'yes' : 'no');
}
