import type { CustomIssue, SchemaIssue } from '../../protocol/issues.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { localizable, localizableCount, localizableText, toEnglish, withMessage } from '../message.ts'

/**
 * What a schema finds wrong with a value, as a person reads it: in words of our own, because zod's are neither plain nor taken
 * apart. `whole`: what was checked, to distinguish what is missing from what has another type.
 */
export function describeIssue(issue: SchemaIssue, whole?: unknown): LocalizableMessage {
  switch (issue.code) {
    case 'invalid_type':
      return isMissing(issue, whole) ? localizable('it is missing') : describeWanted(issue.expected)
    case 'too_small':
      return describeTooSmall(issue)
    case 'too_big':
      return describeTooBig(issue)
    case 'invalid_format':
      return forms.get(issue.pattern ?? '') ?? localizable('it does not have the required form')
    case 'not_multiple_of':
      return localizable('it must be a multiple of {0}', issue.divisor)
    case 'unrecognized_keys':
      return localizableCount(
        issue.keys.length,
        'the field {1} is not known',
        'the fields {1} are not known',
        issue.keys.map((key) => `"${key}"`).join(', '),
      )
    case 'invalid_value':
      return issue.values.length === 1 ? localizable('it must be {0}', String(issue.values[0])) : oneOf(issue.values)
    case 'invalid_union':
      // Which of several shapes is meant is said by one field, and that one is wrong.
      return describeUnion(issue)
    case 'invalid_key':
      return localizable('its name is not valid')
    case 'invalid_element':
      return localizable('an entry is not valid')
    case 'custom':
      return (issue.params?.localizable as LocalizableMessage | undefined) ?? localizableText(issue.message)
    default:
      return assertNever(issue)
  }
}

/** The library's type does not tell of the options that it gives. */
function describeUnion(issue: SchemaIssue): LocalizableMessage {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
  return options.length > 0 ? oneOf(options) : localizable('it is not an allowed value')
}

function oneOf(values: readonly unknown[]): LocalizableMessage {
  return localizable('it must be one of: {0}', values.map((value) => JSON.stringify(value)).join(', '))
}

/** The same with the path of the value, as a problem of whatever holds it. */
export function problemOfIssue(issue: SchemaIssue, whole?: unknown): Problem {
  return { path: issue.path.map(String).join('.'), ...withMessage('message', describeIssue(issue, whole)) }
}

/** The first thing that is wrong, with where it is. */
export function describeFirstIssue(
  { issues: [issue] }: { issues: readonly SchemaIssue[] },
  whole?: unknown,
): LocalizableMessage {
  if (!issue) return localizable('it is not valid')
  const path = issue.path.map(String).join('.')
  const sentence = describeIssue(issue, whole)
  return path === '' ? sentence : localizable('{0}: {1}', path, sentence)
}

function isMissing({ path }: SchemaIssue, whole: unknown): boolean {
  if (whole === undefined) return false
  let value: unknown = whole
  for (const part of path) value = (value as Record<PropertyKey, unknown> | null)?.[part]
  return value === undefined
}

function describeWanted(expected: string): LocalizableMessage {
  switch (expected) {
    case 'string':
      return localizable('a text is needed')
    case 'number':
      return localizable('a number is needed')
    case 'int':
      return localizable('a whole number is needed')
    case 'boolean':
      return localizable('true or false is needed')
    case 'array':
      return localizable('a list is needed')
    case 'object':
    case 'record':
      return localizable('an object with fields is needed')
    default:
      return localizable('a value of the type {0} is needed', expected)
  }
}

function describeTooSmall({
  origin,
  minimum,
  inclusive,
}: Extract<SchemaIssue, { code: 'too_small' }>): LocalizableMessage {
  const least = Number(minimum)
  switch (origin) {
    case 'string':
      return least === 1
        ? localizable('it must not be empty')
        : localizableCount(least, 'it must have at least {0} character', 'it must have at least {0} characters')
    case 'array':
      return localizableCount(least, 'at least {0} entry is needed', 'at least {0} entries are needed')
    default:
      return inclusive === false
        ? localizable('it must be more than {0}', least)
        : localizable('it must be at least {0}', least)
  }
}

function describeTooBig({ origin, maximum, inclusive }: Extract<SchemaIssue, { code: 'too_big' }>): LocalizableMessage {
  const most = Number(maximum)
  switch (origin) {
    case 'string':
      return localizableCount(most, 'it may have at most {0} character', 'it may have at most {0} characters')
    case 'array':
      return localizableCount(most, 'there may be at most {0} entry', 'there may be at most {0} entries')
    default:
      return inclusive === false
        ? localizable('it must be less than {0}', most)
        : localizable('it may be at most {0}', most)
  }
}

/** A rule of our own within a schema: what to push to the issues of a check. */
export function ownIssue(sentence: LocalizableMessage, input: unknown): CustomIssue {
  return { code: 'custom', message: toEnglish(sentence), params: { localizable: sentence }, input }
}

const forms = new Map<string, LocalizableMessage>()

/** `z.string().regex(...formOf(/^v\d$/, say('…')))`: a text of another form is refused in these words. */
export function formOf(pattern: RegExp, words: LocalizableMessage): [RegExp, string] {
  forms.set(String(pattern), words)
  return [pattern, toEnglish(words)]
}
