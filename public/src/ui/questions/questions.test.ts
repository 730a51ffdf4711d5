import { answerTo, gapLine, QUESTIONS } from './questions';

const EVERYTHING = { lines: ['Restaurant', 'Bakery'], overlays: ['coverage', 'areas', 'vendors'] } as const;

test('each question is a choice of its own where everything is published', () => {
  const answers = QUESTIONS.map((question) => JSON.stringify(answerTo(question, EVERYTHING)));
  expect(new Set(answers).size).toBe(QUESTIONS.length);
  expect(answerTo('gap', EVERYTHING)).toMatchObject({ lines: ['Bakery'], areaFill: 'gap', showsDensity: false });
});

test('questions about what is not published are not asked', () => {
  const offered = QUESTIONS.filter((question) => answerTo(question, { lines: ['Cafe'], overlays: ['areas'] }));
  expect(offered).toEqual(['demand']);
  expect(gapLine({ lines: ['Cafe'] })).toBe('Cafe');
});
