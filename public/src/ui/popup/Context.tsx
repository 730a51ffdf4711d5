// What the figures of a popup count: lines, days, city and area. Without it a figure could be read for another filter.

interface ContextProps {
  parts: readonly (string | null | undefined)[];
}

export function Context({ parts }: ContextProps) {
  const known = parts.filter((part) => part);
  if (known.length === 0) return null;
  return (
    <p className="muted context" data-context={true}>
      {known.map((part, i) => (
        <span key={part}>
          {i > 0 && ' · '}
          <bdi>{part}</bdi>
        </span>
      ))}
    </p>
  );
}
