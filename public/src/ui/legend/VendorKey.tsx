// The point of a vendor as the map draws it: a disc, a ring, or a ring with a dot for a vendor of both platforms.

import type { VendorCategory } from '@styles/vendors';

export function VendorKey({ category, colour }: { category: VendorCategory; colour: string }) {
  return (
    <svg className="key vendor-key" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      {category === 'tapsifood' ? (
        <circle cx="7" cy="7" r="5" fill={colour} />
      ) : (
        <circle cx="7" cy="7" r="5" fill="none" stroke={colour} strokeWidth="2.4" />
      )}
      {category === 'dual' && <circle cx="7" cy="7" r="2" fill={colour} />}
    </svg>
  );
}
