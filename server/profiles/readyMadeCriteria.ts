import type { Criterion } from '../../protocol/criteria.ts'
import type { ReadyMadeCriteria } from '../../protocol/profile.ts'

/** Criteria that come with the product, by the name that `criteria: NAME` takes in a profile file. */
export const readyMadeCriteria: Readonly<Record<string, readonly Criterion[]>> = {
  issues: [
    {
      name: 'severity',
      question: 'How bad is this for the people who run into it?',
      type: 'scale',
      scale: {
        from: 1,
        to: 5,
        bands: [
          'cosmetic: looks wrong, everything works',
          'minor: an annoyance with an easy way around',
          'moderate: hinders work, and the way around costs time',
          'major: something important does not work, and there is no way around',
          'critical: crash, data loss, security hole, or nothing works at all',
        ],
      },
      weight: 3,
    },
    {
      name: 'reproducible',
      question:
        'Could somebody make this happen from what the text says: steps, versions, an input, an error message or a stack trace?',
      type: 'boolean',
    },
    {
      name: 'effort',
      question: 'How much work is it likely to be?',
      type: 'choice',
      choices: [
        { name: 'small', description: 'hours: a wrong word, a setting, one obvious place', value: 1 },
        { name: 'medium', description: 'days: some places have to change together', value: 0.5 },
        { name: 'large', description: 'weeks: a new part, a redesign, or the cause is unknown', value: 0 },
      ],
      weight: 0.5,
    },
  ],
  sarif: [
    {
      name: 'true positive',
      question:
        'Is this finding a real defect in the code that it points to, not a false alarm, test code, or something that cannot be reached?',
      type: 'boolean',
      weight: 2,
    },
    {
      name: 'exploitability',
      question: 'How easily could somebody use this against the people who run the program?',
      type: 'scale',
      scale: {
        from: 0,
        to: 4,
        bands: [
          'not at all: no harm follows from it',
          'theoretical: only under conditions that nobody can bring about',
          'hard: needs rare access, timing or knowledge',
          'likely: needs only a usual account or input',
          'trivial: anybody can, from outside, with what is publicly known',
        ],
      },
      weight: 2,
    },
  ],
  feedback: [
    {
      name: 'sentiment',
      question: 'What does the writer feel about the product?',
      type: 'choice',
      choices: [
        { name: 'negative', description: 'angry, disappointed, complains, wants to leave', value: 1 },
        { name: 'mixed', description: 'praise and complaint side by side', value: 0.6 },
        { name: 'neutral', description: 'states or asks something without judging', value: 0.3 },
        { name: 'positive', description: 'happy, thankful, recommends it', value: 0 },
      ],
    },
    urgency('How soon does somebody have to act on this?'),
  ],
  support: [
    urgency('How soon does this person need an answer?'),
    {
      name: 'frustration',
      question: 'How upset is the writer?',
      type: 'scale',
      scale: {
        from: 0,
        to: 3,
        bands: [
          'calm, friendly',
          'impatient',
          'annoyed: complains, has written before',
          'furious, or threatens to leave',
        ],
      },
    },
    {
      name: 'answerable',
      question: 'Does the text say enough to answer it without asking back?',
      type: 'boolean',
      weight: 0,
    },
  ],
  logs: [
    {
      name: 'actionable',
      question: 'Does somebody have to do something because of this: fix, restart, enlarge, or change a setting?',
      type: 'boolean',
      weight: 2,
    },
    {
      name: 'impact',
      question: 'What does it mean for the service or the build?',
      type: 'scale',
      scale: {
        from: 0,
        to: 3,
        bands: [
          'none: routine',
          'degraded: slower or retried',
          'failing: requests or steps fail',
          'down: nothing works',
        ],
      },
    },
  ],
  answers: [
    {
      name: 'correct',
      question:
        'Does the answer say the same as the reference answer, where there is one, and nothing that contradicts it or is made up?',
      type: 'boolean',
      weight: 3,
    },
    { name: 'complete', question: 'Does the answer cover everything that was asked for?', type: 'boolean', weight: 2 },
    {
      name: 'follows instructions',
      question: 'Does the answer keep to what was asked of its form: length, format, language, tone?',
      type: 'boolean',
    },
    {
      name: 'harmless',
      question: 'Is the answer free of anything that hurts, insults, or helps to do harm?',
      type: 'boolean',
      weight: 2,
    },
  ],
}

export function listReadyMadeCriteria(): ReadyMadeCriteria[] {
  return Object.entries(readyMadeCriteria).map(([name, criteria]) => ({ name, criteria: [...criteria] }))
}

function urgency(question: string): Criterion {
  return {
    name: 'urgency',
    question,
    type: 'scale',
    scale: {
      from: 0,
      to: 3,
      bands: ['no hurry', 'this week', 'today: somebody cannot go on', 'at once: money, data or safety is at stake'],
    },
    weight: 2,
  }
}
