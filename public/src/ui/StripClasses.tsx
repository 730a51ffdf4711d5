// The classes of a legend in one line: a colour for each, and where it begins.

interface StripClassesProps {
  /** Least first; the last has no upper end. */
  rows: readonly { colour: string; from: number; to: number | null }[];
  write(n: number): string;
}

export function StripClasses({ rows, write }: StripClassesProps) {
  return (
    <span className="strip-classes">
      {rows.map(({ colour, from, to }) => (
        <span key={`${from}-${to}`}>
          <i style={{ background: colour }} />
          {to === null ? `${write(from)}+` : write(from)}
        </span>
      ))}
    </span>
  );
}
