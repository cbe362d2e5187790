import type { CriteriaValues, CriterionValue } from '../../protocol/criteria.ts'
import { assertNever } from '../../protocol/names.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { foldName } from './categoryNames.ts'
import type { CompiledCriterion } from './criteria.ts'
import { type JsonRecord, readField } from './findVerdicts.ts'
import { readScore } from './readScore.ts'
import { type Note, quote, readReasoning } from './readVerdict.ts'
import type { ScoreVerdict } from './work.ts'

/**
 * The answers to all criteria of a profile, under the names that the profile gives them. Null when the item has to be asked again: one of
 * them is missing or is no value of its criterion. Nothing is rounded, clamped or guessed.
 */
export function readCriteriaVerdict(
  record: JsonRecord,
  criteria: readonly CompiledCriterion[],
  note: Note,
): ScoreVerdict | null {
  const values: CriteriaValues = {}
  for (const criterion of criteria) {
    const value = readValue(criterion, fieldFor(record, criterion), note)
    if (value === null) return null
    values[criterion.name] = value
  }
  return {
    interest: null,
    quality: null,
    criteria: values,
    reasoning: readReasoning(readField(record, 'reasoning'), note),
  }
}

/** By the field that was asked for, or by the name that the profile has. */
function fieldFor(record: JsonRecord, { field, name }: CompiledCriterion): unknown {
  return readField(record, field) ?? readField(record, name)
}

function readValue(criterion: CompiledCriterion, value: unknown, note: Note): CriterionValue | null {
  switch (criterion.type) {
    case 'scale': {
      const reading = readScore(value, criterion)
      if (reading.kind === 'score') return reading.score
      if (reading.kind === 'off_scale') {
        const shown = quote(typeof value === 'number' ? String(value) : value)
        note(
          'score_off_scale',
          `${criterion.field} is ${shown}, no whole number from ${criterion.from} to ${criterion.to}`,
        )
        return null
      }
      break
    }
    case 'boolean': {
      const reading = readBoolean(value)
      if (reading !== null) return reading
      break
    }
    case 'choice': {
      const chosen = readChoice(criterion, value)
      if (chosen !== null) return chosen
      break
    }
    default:
      return assertNever(criterion)
  }
  note('criterion_unusable', `${criterion.field} is ${quote(value)}`)
  return null
}

const yes = /^(?:true|yes|y)[.!]?$/i
const no = /^(?:false|no|n)[.!]?$/i

function readBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return null
  if (yes.test(value.trim())) return true
  return no.test(value.trim()) ? false : null
}

/** Spelled as the profile has it, but for case and blanks; a list of one, or an object that holds only a name, is that name. */
function readChoice({ choices }: Extract<CompiledCriterion, { type: 'choice' }>, value: unknown): string | null {
  const alone = Array.isArray(value) && value.length === 1 ? value[0] : value
  const text = isRecord(alone) ? readField(alone, 'name') : alone
  if (typeof text !== 'string') return null
  return choices.find(({ name }) => foldName(name) === foldName(text.slice(0, 200)))?.name ?? null
}
