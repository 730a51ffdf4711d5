// Icons. They are decorative: the button around an icon has the accessible name.

import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 20 20"
      width="18"
      height="18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const Plus = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);
export const Minus = () => (
  <Icon>
    <path d="M4 10h12" />
  </Icon>
);
export const Home = () => (
  <Icon>
    <path d="M3 10l7-6 7 6M5 9v7h10V9" />
  </Icon>
);
export const Frame = () => (
  <Icon>
    <path d="M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4" />
  </Icon>
);
export const Locate = () => (
  <Icon>
    <circle cx="10" cy="10" r="5" />
    <path d="M10 2v3M10 15v3M2 10h3M15 10h3" />
  </Icon>
);
export const Cross = () => (
  <Icon>
    <path d="M5 5l10 10M15 5L5 15" />
  </Icon>
);
export const Magnifier = () => (
  <Icon>
    <circle cx="8.5" cy="8.5" r="5" />
    <path d="M12.3 12.3L17 17" />
  </Icon>
);
export const Keys = () => (
  <Icon>
    <rect x="2.5" y="5" width="15" height="10" rx="2" />
    <path d="M5.5 8h.01M8.5 8h.01M11.5 8h.01M14.5 8h.01M7 12h6" />
  </Icon>
);
export const Play = () => (
  <Icon>
    <path d="M7 4.5v11l8.5-5.5z" />
  </Icon>
);
export const Pause = () => (
  <Icon>
    <path d="M7 5v10M13 5v10" />
  </Icon>
);
export const Sideways = () => (
  <Icon>
    <path d="M7 6l-4 4 4 4M13 6l4 4-4 4" />
  </Icon>
);
export const Link = () => (
  <Icon>
    <path d="M8.5 11.5l3-3M9 6.5l1.6-1.6a3.2 3.2 0 0 1 4.5 4.5L13.5 11M11 13.5l-1.6 1.6a3.2 3.2 0 0 1-4.5-4.5L6.5 9" />
  </Icon>
);
export const Camera = () => (
  <Icon>
    <path d="M3 7h3l1.5-2h5L14 7h3v9H3z" />
    <circle cx="10" cy="11" r="2.6" />
  </Icon>
);
export const Chevron = () => (
  <Icon>
    <path d="M6 8l4 4 4-4" />
  </Icon>
);
export const Moon = () => (
  <Icon>
    <path d="M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5z" />
  </Icon>
);
export const Sun = () => (
  <Icon>
    <circle cx="10" cy="10" r="3.2" />
    <path d="M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4" />
  </Icon>
);
export const Undo = () => (
  <Icon>
    <path d="M7 4 3.5 7.5 7 11M4 7.5h7.5a4.5 4.5 0 0 1 0 9H8" />
  </Icon>
);
export const Redo = () => (
  <Icon>
    <path d="m13 4 3.5 3.5L13 11M16 7.5H8.5a4.5 4.5 0 0 0 0 9H12" />
  </Icon>
);
export const Bookmark = () => (
  <Icon>
    <path d="M5.5 3.5h9v13L10 13l-4.5 3.5z" />
  </Icon>
);
