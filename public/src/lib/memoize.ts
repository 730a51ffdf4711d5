// A function that remembers its last answers, for values that are replaced and never edited.

/** What is shown and what comes after it: while the one gives way to the other, both are asked for. */
const CAPACITY = 2;

export function memoize<Args extends readonly unknown[], Answer>(
  compute: (...args: Args) => Answer,
): (...args: Args) => Answer {
  let recent: { args: Args; answer: Answer }[] = [];
  return (...args) => {
    const known = recent.find((one) => one.args.every((arg, i) => Object.is(arg, args[i])));
    const asked = known ?? { args, answer: compute(...args) };
    recent = [asked, ...recent.filter((one) => one !== known)].slice(0, CAPACITY);
    return asked.answer;
  };
}
