// A table in a popup with one row for each business line.

import type { ReactNode } from 'react';
import { useI18n } from '../hooks/context';

interface LineTableProps {
  /** The headings of the columns after the name of the line. */
  columns: readonly string[];
  /** The rows. */
  children: ReactNode;
}

export function LineTable({ columns, children }: LineTableProps) {
  const { text } = useI18n();
  return (
    <div className="lines">
      <table>
        <thead>
          <tr>
            {[text.line, ...columns].map((heading) => (
              <th key={heading} scope="col">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
