// A function that remembers its last answer, for values that are replaced and never edited.

export function remembered<Args extends readonly unknown[], Answer>(
  compute: (...args: Args) => Answer,
): (...args: Args) => Answer {
  let last: { args: Args; answer: Answer } | null = null;
  return (...args) => {
    if (!last?.args.every((arg, i) => Object.is(arg, args[i]))) last = { args, answer: compute(...args) };
    return last.answer;
  };
}
