import { assertNever } from '../../protocol/names.ts'
import type { CompiledCriterion } from './criteria.ts'
import { neutralize } from './fenceText.ts'
import { answerFormat } from './prompts.ts'

/** What a model is told of a profile's own criteria: one line each, and those of its bands or choices. */
export function criteriaLines(criteria: readonly CompiledCriterion[]): string {
  return criteria.map((criterion) => [headOf(criterion), ...detailsOf(criterion)].join('\n')).join('\n')
}

function headOf(criterion: CompiledCriterion): string {
  return `- "${criterion.field}": ${describeAnswer(criterion)}: ${neutralize(criterion.question)}`
}

function describeAnswer(answer: CompiledCriterion): string {
  switch (answer.type) {
    case 'scale':
      return `a whole number from ${answer.from} to ${answer.to}`
    case 'boolean':
      return 'true or false'
    case 'choice':
      return 'one of the choices below, spelled exactly as there'
    default:
      return assertNever(answer)
  }
}

function detailsOf(criterion: CompiledCriterion): string[] {
  switch (criterion.type) {
    case 'scale':
      return criterion.bands.map(({ from, to, description }) => {
        const numbers = from === to ? `${from}` : `${from} to ${to}`
        return `  ${numbers}: ${neutralize(description)}`
      })
    case 'boolean':
      return []
    case 'choice':
      return criterion.choices.map(({ name, description }) => {
        const told = description === null ? '' : `: ${neutralize(description)}`
        return `  - ${neutralize(name)}${told}`
      })
    default:
      return assertNever(criterion)
  }
}

/** The shape of a verdict, for models that are not held to the schema. */
export function rubricAnswerFormat(criteria: readonly CompiledCriterion[]): string {
  return answerFormat(`{${fieldsOf(criteria)}}`)
}

/** The same where the call asks for categories, too. */
export function jointRubricFormat(criteria: readonly CompiledCriterion[]): string {
  return answerFormat(`{"categories":["…"],"confidence":0,${fieldsOf(criteria)}}`)
}

function fieldsOf(criteria: readonly CompiledCriterion[]): string {
  const fields = criteria.map((criterion) => `"${criterion.field}":${exampleOf(criterion)}`)
  return [...fields, '"reasoning":"…"'].join(',')
}

function exampleOf(criterion: CompiledCriterion): string {
  switch (criterion.type) {
    case 'scale':
      return String(criterion.from)
    case 'boolean':
      return 'false'
    case 'choice':
      return '"…"'
    default:
      return assertNever(criterion)
  }
}

/** Said behind the items from the first number on that was none of its scale. */
export function rubricReminder(criteria: readonly CompiledCriterion[]): string {
  const scales = criteria.flatMap((each) =>
    each.type === 'scale' ? [`"${each.field}" from ${each.from} to ${each.to}`] : [],
  )
  return `Whole numbers only, on the scales as they are given: ${scales.join(', ')}.`
}
