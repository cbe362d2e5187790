import * as z from 'zod'
import { Criteria } from '../../protocol/criteria.ts'
import { WorkspacePolicy } from '../../protocol/policy.ts'
import { CategoryChoice, Profile } from '../../protocol/profile.ts'
import { readyMadeCriteria } from './readyMadeCriteria.ts'

/** What a profile file may say beyond what goes over the wire. */
const { categories, ...rest } = Profile.omit({ category_choice: true }).shape
const ProfileFile = z.strictObject({
  ...rest,
  categories: z.union([categories, z.strictObject({ ...CategoryChoice.shape, list: categories })]),
  criteria: z.union([Criteria, z.enum(Object.keys(readyMadeCriteria))]).optional(),
})

/** What an editor tells of a field; by its name, wherever it is. */
const explanations: Readonly<Record<string, string>> = {
  name: 'As models and results name it.',
  categories: 'What items are sorted into: a list, or `max`, `further_from` and `list`. Two levels at most.',
  list: 'The categories.',
  children: 'Categories below this one.',
  description: 'What belongs here, in a sentence or two: models read it.',
  weight:
    'Of a category: how it pulls the score (block 0, reduce 0.5, normal 1, boost 1.5, max 2). Of a criterion: how much it counts.',
  hidden: 'Hidden categories are offered to no model.',
  review_below: 'Verdicts that are less sure than this, 0 to 1, wait in the review.',
  max: 'How many categories an item gets at most.',
  further_from: 'Of models that decide: how probable a further category has to be beside the first one.',
  interests: 'What the reader wants, as prose.',
  anti_interests: 'What the reader does not want, as prose.',
  limits: 'Characters of an item that are sent at most, by task.',
  criteria: 'What a scoring asks instead of interest and quality: a list, or the name of ready-made criteria.',
  score: 'The scale of the score that criteria are summed up to.',
  language: 'In which reasons and suggested names are written, such as German.',
  suggestions: 'Whether new categories are suggested for items that fit nowhere.',
  gate: 'What a model has to reach on the labels before it is trusted.',
  examples: 'Whether labels are shown to models as examples.',
  prompts: 'Texts in place of the product’s own.',
  question: 'What is asked of each item.',
  bands: 'What the numbers of the scale mean, lowest first.',
  choices: 'The possible answers. `value`, 0 to 1: what one counts in the score.',
}

/** The JSON schemas of the files in `.llm-providers`, by the name of their file. */
export function fileSchemas(): Record<string, string> {
  return {
    'profile.schema.json': schemaOf(ProfileFile, 'A profile of LLM Providers'),
    'policy.schema.json': schemaOf(WorkspacePolicy, 'Rules of a folder for LLM Providers'),
  }
}

function schemaOf(schema: z.ZodType, title: string): string {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    // What the YAML extensions of editors read.
    target: 'draft-7',
    unrepresentable: 'any',
    override({ jsonSchema: { properties = {} } }) {
      for (const [name, property] of Object.entries(properties)) {
        const explanation = explanations[name]
        if (typeof property === 'object' && explanation !== undefined) property.description ??= explanation
      }
    },
  })
  return `${JSON.stringify({ title, ...made }, null, 2)}\n`
}
