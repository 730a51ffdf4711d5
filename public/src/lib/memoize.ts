// Memoizes a function of immutable values.

/** The current and the next arguments: during a deferred update React renders with both. */
const CAPACITY = 2;

export function memoize<Args extends readonly unknown[], Result>(
  compute: (...args: Args) => Result,
): (...args: Args) => Result {
  let recent: { args: Args; result: Result }[] = [];
  return (...args) => {
    const known = recent.find((one) => one.args.every((arg, i) => Object.is(arg, args[i])));
    const entry = known ?? { args, result: compute(...args) };
    recent = [entry, ...recent.filter((one) => one !== known)].slice(0, CAPACITY);
    return entry.result;
  };
}
