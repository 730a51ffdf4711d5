// The classes of a legend in one line: the colour and the lower limit of each.

interface StripClass {
  colour: string;
  from: number;
  to: number | null;
}

interface StripClassesProps {
  /** Lowest first. The last class has no upper limit. */
  rows: readonly StripClass[];
  write(from: number, of: StripClass): string;
}

export function StripClasses({ rows, write }: StripClassesProps) {
  return (
    <span className="strip-classes">
      {rows.map((row) => (
        <span key={`${row.from}-${row.to}`}>
          <i style={{ background: row.colour }} />
          {write(row.from, row)}
          {row.to === null && '+'}
        </span>
      ))}
    </span>
  );
}
