import type { CustomIssue, SchemaIssue } from '../../protocol/issues.ts'
import type { Told } from '../../protocol/localizableMessage.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { asTold, inEnglish, say, sayCount, worded } from '../message.ts'

/**
 * What a schema finds wrong with a value, as a person reads it: in words of our own, because zod's are neither plain nor taken
 * apart. `whole`: what was checked, to distinguish what is missing from what has another type.
 */
export function tellIssue(issue: SchemaIssue, whole?: unknown): Told {
  switch (issue.code) {
    case 'invalid_type':
      return isMissing(issue, whole) ? say('it is missing') : describeWanted(issue.expected)
    case 'too_small':
      return describeTooSmall(issue)
    case 'too_big':
      return describeTooBig(issue)
    case 'invalid_format':
      return forms.get(issue.pattern ?? '') ?? say('it does not have the form that is needed')
    case 'not_multiple_of':
      return say('it has to be a multiple of {0}', issue.divisor)
    case 'unrecognized_keys':
      return sayCount(
        issue.keys.length,
        'the field {1} is not known',
        'the fields {1} are not known',
        issue.keys.map((key) => `"${key}"`).join(', '),
      )
    case 'invalid_value':
      return issue.values.length === 1
        ? say('it has to be {0}', String(issue.values[0]))
        : say('it has to be one of: {0}', issue.values.map((value) => JSON.stringify(value)).join(', '))
    case 'invalid_union':
      return say('it is none of what may stand here')
    case 'invalid_key':
      return say('its name is not valid')
    case 'invalid_element':
      return say('an entry is not valid')
    case 'custom':
      return (issue.params?.told as Told | undefined) ?? asTold(issue.message)
    default:
      return assertNever(issue)
  }
}

/** The same with the path of the value, as a problem of whatever holds it. */
export function problemOfIssue(issue: SchemaIssue, whole?: unknown): Problem {
  return { path: issue.path.map(String).join('.'), ...worded('message', tellIssue(issue, whole)) }
}

/** The first thing that is wrong, with where it is. */
export function tellFirstIssue({ issues: [issue] }: { issues: readonly SchemaIssue[] }, whole?: unknown): Told {
  if (!issue) return say('it is not valid')
  const path = issue.path.map(String).join('.')
  const told = tellIssue(issue, whole)
  return path === '' ? told : say('{0}: {1}', path, told)
}

function isMissing({ path }: SchemaIssue, whole: unknown): boolean {
  if (whole === undefined) return false
  let value: unknown = whole
  for (const part of path) value = (value as Record<PropertyKey, unknown> | null)?.[part]
  return value === undefined
}

function describeWanted(expected: string): Told {
  switch (expected) {
    case 'string':
      return say('a text is needed')
    case 'number':
      return say('a number is needed')
    case 'int':
      return say('a whole number is needed')
    case 'boolean':
      return say('true or false is needed')
    case 'array':
      return say('a list is needed')
    case 'object':
    case 'record':
      return say('fields with values are needed')
    default:
      return say('a value of another type is needed: {0}', expected)
  }
}

function describeTooSmall({ origin, minimum, inclusive }: Extract<SchemaIssue, { code: 'too_small' }>): Told {
  const least = Number(minimum)
  switch (origin) {
    case 'string':
      return least === 1
        ? say('it must not be empty')
        : sayCount(least, 'it has to have at least {0} character', 'it has to have at least {0} characters')
    case 'array':
      return sayCount(least, 'at least {0} entry is needed', 'at least {0} entries are needed')
    default:
      return inclusive === false ? say('it has to be more than {0}', least) : say('it has to be at least {0}', least)
  }
}

function describeTooBig({ origin, maximum, inclusive }: Extract<SchemaIssue, { code: 'too_big' }>): Told {
  const most = Number(maximum)
  switch (origin) {
    case 'string':
      return sayCount(most, 'it may have at most {0} character', 'it may have at most {0} characters')
    case 'array':
      return sayCount(most, 'there may be at most {0} entry', 'there may be at most {0} entries')
    default:
      return inclusive === false ? say('it has to be less than {0}', most) : say('it may be at most {0}', most)
  }
}

/** A rule of our own within a schema: what to push to the issues of a check. */
export function ownIssue(told: Told, input: unknown): CustomIssue {
  return { code: 'custom', message: inEnglish(told), params: { told }, input }
}

const forms = new Map<string, Told>()

/** `z.string().regex(...formOf(/^v\d$/, say('…')))`: a text of another form is refused in these words. */
export function formOf(pattern: RegExp, words: Told): [RegExp, string] {
  forms.set(String(pattern), words)
  return [pattern, inEnglish(words)]
}
