import * as z from 'zod'
import { Criteria, type Criterion, mostCriteria, ScoreRange } from '../../../protocol/criteria.ts'
import { assertNever } from '../../../protocol/names.ts'
import { Preferences } from '../../../protocol/profile.ts'
import type { Problem } from '../../../protocol/reasons.ts'
import { describeIssue } from '../../../shared/describe/issue.ts'
import { localizable, withMessage } from '../../../shared/message.ts'
import { readShare } from '../../form/draft.ts'

/** One stretch of a scale as it is typed; without both numbers it shares the scale with the others. */
const BandDraft = z.object({ from: z.string(), to: z.string(), description: z.string() })
const ChoiceDraft = z.object({ name: z.string(), description: z.string(), value: z.string() })

/** A criterion as it is typed. What its type does not ask for is kept, for whoever changes the type and goes back. */
export const CriterionDraft = z.object({
  /** Of the draft alone: what stays the same when the criterion is moved. */
  id: z.int(),
  name: z.string(),
  question: z.string(),
  type: z.enum(['scale', 'boolean', 'choice']),
  weight: z.string(),
  evidence: z.boolean().default(false),
  from: z.string(),
  to: z.string(),
  bands: z.array(BandDraft),
  choices: z.array(ChoiceDraft),
})
export type CriterionDraft = z.infer<typeof CriterionDraft>

/** What is typed and not saved; `basedOn`: when what it began from was saved, null: never. */
export const CriteriaDraft = z.object({
  criteria: z.array(CriterionDraft),
  to: z.string(),
  language: z.string(),
  /** What a model has to reach; where a figure is not typed, nothing of its task. */
  gate: z.object({ accuracy: z.string(), accuracyLabels: z.string(), error: z.string(), errorLabels: z.string() }),
  basedOn: z.string().nullable(),
})
export type CriteriaDraft = z.infer<typeof CriteriaDraft>

/** To what the score goes where nothing is said. */
export const usualScore = 20

export function storedDraft({ criteria, score, language, gate, updatedAt }: Preferences): CriteriaDraft {
  return {
    criteria: draftsOf(criteria ?? []),
    to: String(score?.to ?? usualScore),
    language: language ?? '',
    gate: {
      accuracy: typed(gate?.categorization?.accuracy),
      accuracyLabels: typed(gate?.categorization?.labels),
      error: typed(gate?.scoring?.error),
      errorLabels: typed(gate?.scoring?.labels),
    },
    basedOn: updatedAt,
  }
}

const typed = (figure: number | undefined): string => (figure === undefined ? '' : String(figure))

/** Those of a list, with ids from `first` on. */
export function draftsOf(criteria: readonly Criterion[], first = 0): CriterionDraft[] {
  return criteria.map((criterion, index) => ({ ...emptyDraft(first + index), ...partsOf(criterion) }))
}

export function nextId(criteria: readonly CriterionDraft[]): number {
  return Math.max(-1, ...criteria.map(({ id }) => id)) + 1
}

/** A scale of five, which most people think of first. */
export function emptyDraft(id: number): CriterionDraft {
  const empty = { name: '', description: '', value: '' }
  return {
    ...{ id, name: '', question: '', type: 'scale', weight: '', evidence: false, from: '1', to: '5' },
    bands: [],
    choices: [empty, empty],
  }
}

function partsOf(criterion: Criterion): Partial<CriterionDraft> {
  const { name, question, type, weight, evidence = false } = criterion
  const shared = { name, question, type, evidence, weight: weight === undefined ? '' : String(weight) }
  switch (criterion.type) {
    case 'scale': {
      const { from, to, bands = [] } = criterion.scale
      return {
        ...{ ...shared, from: String(from), to: String(to) },
        bands: bands.map((band) =>
          typeof band === 'string'
            ? { from: '', to: '', description: band }
            : { from: String(band.from), to: String(band.to), description: band.description },
        ),
      }
    }
    case 'boolean':
      return shared
    case 'choice':
      return {
        ...shared,
        choices: criterion.choices.map((choice) => ({
          ...{ name: choice.name, description: choice.description ?? '' },
          value: choice.value === undefined ? '' : String(choice.value),
        })),
      }
    default:
      return assertNever(criterion)
  }
}

/** A number that is not typed yet, or is none, is left to the schema to refuse. */
function numberOf(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text.trim().replace(',', '.'))
}

/** As the schema is to judge it. */
function writtenCriterion({
  name,
  question,
  type,
  weight,
  evidence,
  from,
  to,
  bands,
  choices,
}: CriterionDraft): unknown {
  const counted = numberOf(weight)
  const shared = {
    name,
    question,
    type,
    ...(counted === undefined ? {} : { weight: counted }),
    ...(evidence ? { evidence } : {}),
  }
  switch (type) {
    case 'scale': {
      const written = bands.map((band) =>
        `${band.from}${band.to}`.trim() === ''
          ? band.description
          : { from: numberOf(band.from), to: numberOf(band.to), description: band.description },
      )
      const scale = { from: numberOf(from), to: numberOf(to), ...(written.length > 0 ? { bands: written } : {}) }
      return { ...shared, scale }
    }
    case 'boolean':
      return shared
    case 'choice':
      return {
        ...shared,
        choices: choices.map((choice) => {
          const value = numberOf(choice.value)
          return {
            name: choice.name,
            ...(choice.description.trim() === '' ? {} : { description: choice.description }),
            ...(value === undefined ? {} : { value }),
          }
        }),
      }
    default:
      return assertNever(type)
  }
}

/** Null where nothing is typed; labels alone ask for the figure that they are counted for. */
function writtenGate({ accuracy, accuracyLabels, error, errorLabels }: CriteriaDraft['gate']): unknown {
  const task = (figure: Record<string, number | undefined>, labels: string) => {
    const parts = { ...figure, labels: numberOf(labels) }
    const known = Object.entries(parts).filter(([, part]) => part !== undefined)
    return known.length === 0 ? undefined : Object.fromEntries(known)
  }
  const gate = {
    categorization: task({ accuracy: readShare(accuracy) ?? undefined }, accuracyLabels),
    scoring: task({ error: numberOf(error) }, errorLabels),
  }
  return gate.categorization || gate.scoring ? gate : null
}

/** What is typed, as it is saved. */
export type Typed = Required<Pick<Preferences, 'criteria' | 'score' | 'language' | 'gate'>>

/** `typed` null: something in it is not valid; then `problems` says what, by the paths of a profile. */
export function readDraft(draft: CriteriaDraft): { typed: Typed | null; problems: Problem[] } {
  const whole = {
    criteria: draft.criteria.map(writtenCriterion),
    score: { to: numberOf(draft.to) },
    language: draft.language.trim() || null,
    gate: writtenGate(draft.gate),
  }
  const shape = z.object({
    criteria: draft.criteria.length === 0 ? z.array(z.unknown()) : Criteria,
    score: draft.criteria.length === 0 ? z.unknown() : ScoreRange,
    language: Preferences.shape.language,
    gate: Preferences.shape.gate,
  })
  const parsed = shape.safeParse(whole)
  if (!parsed.success)
    return {
      typed: null,
      problems: parsed.error.issues.map((issue) => ({
        path: pathOf(issue.path),
        ...withMessage('message', isOfBand(issue) ? bandSentence : describeIssue(issue, whole)),
      })),
    }
  const { language, gate } = parsed.data
  if (draft.criteria.length === 0) return { typed: { criteria: null, score: null, language, gate }, problems: [] }
  const { criteria, score } = parsed.data as Required<Typed>
  return { typed: { criteria, score: score?.to === usualScore ? null : score, language, gate }, problems: [] }
}

/** Of two shapes that a band may have, the schema cannot say which one was meant. */
const isOfBand = ({ code, path }: z.core.$ZodIssue): boolean => code === 'invalid_union' && path.includes('bands')
const bandSentence = localizable('a band has both whole numbers and what they mean, or only what it means')

/** `criteria[0].scale.bands[1]`, as the server says it. */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('')
}

export const isFull = (criteria: readonly CriterionDraft[]): boolean => criteria.length >= mostCriteria

/** The list with one moved by so many places. */
export function moved(criteria: readonly CriterionDraft[], from: number, by: number): CriterionDraft[] {
  const list = [...criteria]
  const [taken] = list.splice(from, 1)
  if (taken) list.splice(from + by, 0, taken)
  return list
}
